import { describeFuzz } from './fuzz.ts'

describeFuzz('kafka')
