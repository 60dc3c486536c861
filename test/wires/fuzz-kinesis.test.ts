import { describeFuzz } from './fuzz.ts'

describeFuzz('kinesis')
