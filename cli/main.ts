#!/usr/bin/env node
import { runProgram } from './program.ts'
import { tellUnsettled } from './unsettled.ts'

// Whoever was reading has left, so nothing that follows could be told.
process.stdout.on('error', () => process.exit(1))

// Every command that opens an AWS client on Node.js 20 would print what the SDK has to say of its own future. This is the SDK's way
// to leave that out (aws-sdk-js-v3, packages/core, emitWarningIfUnsupportedVersion); nothing else is silenced, and nothing in code.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'
tellUnsettled()
const code = await runProgram(process.argv.slice(2))
// Nothing that a handler left running may keep a finished command alive, and nothing written may be lost.
for (const stream of [process.stdout, process.stderr]) {
  await new Promise((resolve) => stream.write('', resolve))
}
process.exit(code)
