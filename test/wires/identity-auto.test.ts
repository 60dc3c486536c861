import { describeIdentity } from './identity.ts'

describeIdentity('auto')
