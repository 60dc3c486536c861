import { describeFuzz } from './fuzz.ts'

describeFuzz('http')
