import { describeFuzz } from './fuzz.ts'

describeFuzz('jetstream')
