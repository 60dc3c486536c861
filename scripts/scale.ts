/** `npm run scale -- <broker> [what …] [--events n] [--json]`: runs bench/scale. */
import { runBundled } from './bundled.ts'

process.exitCode = await runBundled('bench/scale/main.ts', 'scale')
