import { bindContract } from './bind.ts'
import { subject } from './subject.ts'

bindContract(subject)
