import { describe, expect, it } from '@jest/globals'
import { Stack } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { appOf, findingsOf, pipeline } from './deployed.ts'

const store = { table: 'handled' }
const elsewhere = { table: 'others', region: 'eu-west-3' }

describe('the table of handled events', () => {
  it.each(['kinesis', 'kafka', 'nats'] as const)(
    'is made for %s, and its function may write it',
    (platform) => {
      const config = pipeline({}, { sink: undefined, policy: {}, idempotency: { store } })
      const app = appOf(platform, config)
      const [data, functions] = app.node.children.filter((child) => Stack.isStack(child))
      if (!Stack.isStack(data) || !Stack.isStack(functions)) throw new Error('there are not two stacks')
      Template.fromStack(data).hasResourceProperties('AWS::DynamoDB::Table', {
        TableName: 'handled',
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        TimeToLiveSpecification: { AttributeName: 'expires', Enabled: true },
      })
      const policies = JSON.stringify(Template.fromStack(functions).findResources('AWS::IAM::Policy'))
      expect(policies).toMatch(
        /"dynamodb:DeleteItem","dynamodb:GetItem","dynamodb:PutItem","dynamodb:UpdateItem"\].{0,200}table\/handled/,
      )
    },
  )

  it('is accepted by cdk-nag and the rules of the project', () => {
    expect(findingsOf(appOf('kinesis', pipeline({}, { idempotency: { store } })))).toEqual([])
  })

  it('is somebody else’s where it has a region of its own', () => {
    const app = appOf('kinesis', pipeline({}, { idempotency: { store: elsewhere } }))
    const [data, functions] = app.node.children.filter((child) => Stack.isStack(child))
    if (!Stack.isStack(data) || !Stack.isStack(functions)) throw new Error('there are not two stacks')
    Template.fromStack(data).resourceCountIs('AWS::DynamoDB::Table', 0)
    expect(JSON.stringify(Template.fromStack(functions).toJSON())).toMatch(
      /dynamodb:eu-west-3:.{0,60}table\/others/,
    )
  })
})
