/** `npm run bench -- [name …] [--json]`: runs the benches. */
import { runBundled } from './bundled.ts'

process.exitCode = await runBundled('bench/main.ts', 'bench')
