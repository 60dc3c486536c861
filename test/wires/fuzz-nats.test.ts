import { describeFuzz } from './fuzz.ts'

describeFuzz('nats')
