/** The app of CDK that `cdk.json` names: every platform of AWS that the configuration can be deployed to. */
import { resolve } from 'node:path'
import { loadConfig } from '../cli/config/index.ts'
import { awsApp } from './aws/app.ts'
import { awsDeployments } from './deployments.ts'

const config = await loadConfig({ env: process.env })
const deployments = await awsDeployments(config, { bundles: resolve('dist-functions') })
awsApp(deployments, { outdir: process.env.CDK_OUTDIR }).synth()
