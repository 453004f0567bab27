/** `1 byte`, `2 bytes`. */
export function counted(count: number, unit: string): string {
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}

/** As much of a session's id as tells it from others; commands take it in place of the whole. */
export function shortened(session: string): string {
  return session.slice(0, 16)
}
