import { describeFuzz } from './fuzz.ts'

describeFuzz('memory')
