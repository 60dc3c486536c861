import { describeIdentity } from './identity.ts'

describeIdentity('structured')
