import { expect, test } from '@jest/globals'
import { resolveConfig } from '../../../cli/config/index.ts'
import { refusal } from './refusal.ts'

const brokers = ['kafka.example:9092']
const secretArn = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:kafka-AbCdEf'
const withCluster = (cluster: object) => ({
  brokers: { main: 'memory://' },
  functions: {},
  infra: { kafka: { cluster } },
})
const place = 'infra.kafka.cluster'

test.each<[object, string]>([
  [
    { brokers, secretARN: secretArn },
    `has 2 problems:
  ${place}.secretArn: missing: give the whole ARN of a secret, with the six characters at its end
  ${place}: unknown key "secretARN": did you mean "secretArn"?`,
  ],
  [
    { broker: brokers, secretArn },
    `has 2 problems:
  ${place}.brokers: missing: give a list of host:port
  ${place}: unknown key "broker": did you mean "brokers"?`,
  ],
  [
    { brokers, secretArn, mechanizm: 'plain' },
    `${place}: unknown key "mechanizm": did you mean "mechanism"?`,
  ],
  [
    { brokers, secretArn, mechanism: 'PLAIN' },
    `${place}.mechanism: is not valid: give 'scram-sha-512', 'scram-sha-256' or 'plain'`,
  ],
  [{ brokers: 'kafka.example:9092', secretArn }, `${place}.brokers: is a text: give a list of host:port`],
  [{ instanse: 'express.m7g.large' }, `${place}: unknown key "instanse": did you mean "instance"?`],
])(
  'a cluster of Kafka that is written %j is told by the keys of the form that was meant',
  (cluster, message) => {
    expect(refusal(withCluster(cluster))).toBe(message)
  },
)

test.each([
  {},
  { instance: 'express.m7g.xlarge' },
  { arn: 'arn:aws:kafka:eu-central-1:123456789012:cluster/orders/0-1' },
  { brokers, secretArn },
])('a cluster of Kafka may be %j', (cluster) => {
  expect(() => resolveConfig(withCluster(cluster))).not.toThrow()
})
