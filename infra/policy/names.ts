import type { Notes } from './compiled.ts'

/** How a service names what events travel through. */
interface NameRule {
  readonly most: number
  readonly least: number
  readonly pattern: RegExp
  readonly takes: string
}

const rules = {
  /** Kinesis API reference, CreateStream. */
  kinesis: { least: 1, most: 128, pattern: /^[a-zA-Z0-9_.-]+$/, takes: 'letters, digits, "_", "." and "-"' },
  /** Kafka, `Topic.validate`. */
  kafka: {
    least: 1,
    most: 249,
    pattern: /^(?!\.{1,2}$)[a-zA-Z0-9._-]+$/,
    takes: 'letters, digits, ".", "_" and "-"',
  },
  /** docs.nats.io, "Subject-Based Messaging". */
  nats: {
    least: 1,
    most: 200,
    pattern: /^[^\s.>*]+(\.[^\s.>*]+)*$/,
    takes: 'words without spaces and wildcards, joined by dots',
  },
  /** cloud.google.com/pubsub/docs/pubsub-basics, "Resource names". */
  pubsub: {
    least: 3,
    most: 255,
    pattern: /^(?!goog)[a-zA-Z][a-zA-Z0-9._~+%-]*$/,
    takes: 'a letter first, then letters, digits and "-._~+%"',
  },
} as const satisfies Readonly<Record<string, NameRule>>

/** Kinesis API reference, RegisterStreamConsumer; Lambda, `ConsumerGroupId`; Pub/Sub as topics. */
const groups: Readonly<Record<keyof typeof rules, NameRule>> = {
  kinesis: rules.kinesis,
  kafka: {
    least: 1,
    most: 200,
    // Lambda takes "*" too, which permissions would read as any group.
    pattern: /^[a-zA-Z0-9/:_+=.@-]+$/,
    takes: 'letters, digits and "-/:_+=.@"',
  },
  nats: { least: 1, most: 100, pattern: /^[^\s]+$/, takes: 'no spaces' },
  pubsub: rules.pubsub,
}

/** DynamoDB Developer Guide, "Naming rules". */
const tables: NameRule = {
  least: 3,
  most: 255,
  pattern: /^[a-zA-Z0-9_.-]+$/,
  takes: 'letters, digits, "_", "." and "-"',
}

/** Refuses the name of a table that DynamoDB does not take. */
export function tableChecked(path: string, table: string, notes: Notes): void {
  checked(tables, 'DynamoDB', 'table', path, table, notes)
}

/** Refuses the name of a topic that a service does not take. */
export function topicChecked(service: keyof typeof rules, path: string, topic: string, notes: Notes): void {
  checked(rules[service], service, 'topic', path, topic, notes)
}

/** Refuses the name of a group that a service does not take. */
export function groupChecked(service: keyof typeof rules, path: string, group: string, notes: Notes): void {
  checked(groups[service], service, 'group', path, group, notes)
}

function checked(
  rule: NameRule,
  service: string,
  kind: string,
  path: string,
  name: string,
  notes: Notes,
): void {
  const { least, most, pattern, takes } = rule
  if (name.length < least || name.length > most)
    notes.refuse(
      path,
      `a ${kind} of ${name.length} characters, and ${service} takes ${least} to ${most}: choose another name`,
    )
  else if (!pattern.test(name)) notes.refuse(path, `no ${kind} of ${service}: use ${takes}`)
}
