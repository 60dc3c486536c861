import * as ec2 from 'aws-cdk-lib/aws-ec2'
import { Fn } from 'aws-cdk-lib/core'
import type { Construct } from 'constructs'
import type { Stage } from '../stage.ts'
import { addLogs } from './keeping.ts'

/** Express brokers and three nodes of a quorum each want a zone of their own. */
const zones = 3

export interface NetworkOptions {
  readonly stage: Stage
  /** Whether what runs inside reaches the internet, by one NAT gateway. */
  readonly hasEgress: boolean
}

/** A network of three zones whose traffic is logged. */
export function addNetwork(scope: Construct, id: string, { stage, hasEgress }: NetworkOptions): ec2.IVpc {
  // CDK gives a stack of no certain account two zones, and asks an account for its zones, which needs credentials.
  const names = Array.from({ length: zones }, (_, at) => Fn.select(at, Fn.getAzs()))
  const vpc = new ec2.Vpc(scope, id, {
    availabilityZones: names,
    natGateways: hasEgress ? 1 : 0,
    subnetConfiguration: hasEgress
      ? [
          { name: 'public', subnetType: ec2.SubnetType.PUBLIC, cidrMask: 24, mapPublicIpOnLaunch: false },
          { name: 'private', subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS, cidrMask: 24 },
        ]
      : [{ name: 'isolated', subnetType: ec2.SubnetType.PRIVATE_ISOLATED, cidrMask: 24 }],
    // They cost nothing: failure destinations are at the one, notes of handled events at the other.
    gatewayEndpoints: {
      S3: { service: ec2.GatewayVpcEndpointAwsService.S3 },
      DynamoDB: { service: ec2.GatewayVpcEndpointAwsService.DYNAMODB },
    },
    restrictDefaultSecurityGroup: false,
  })
  const logGroup = addLogs(scope, `${id}FlowLogs`, stage)
  vpc.addFlowLog('Flow', { destination: ec2.FlowLogDestination.toCloudWatchLogs(logGroup) })
  if (!isVpc(vpc)) throw new Error('a network is no network')
  return vpc
}

/** The class and its interface differ in whether an optional property may be `undefined`. */
function isVpc(value: unknown): value is ec2.IVpc {
  return value instanceof ec2.Vpc
}
