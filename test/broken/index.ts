import type { Broker } from '../../adapters/core/broker.ts'
import type { MemoryOptions } from '../../adapters/memory/index.ts'
import type { Wrap } from '../conformance/harness.ts'
import * as claiming from './claiming.ts'
import * as reading from './reading.ts'
import * as sending from './sending.ts'
import * as settling from './settling.ts'
import * as transport from './transport.ts'

/** A driver, or a broker, that breaks a promise, and the case that is there to notice. */
export interface Broken {
  /** What it does wrong. */
  readonly name: string
  readonly driver?: Wrap | undefined
  readonly broker?: ((broker: Broker, reopen: () => Promise<Broker>) => Broker) | undefined
  readonly redelivery?: MemoryOptions['redelivery']
  /** Without the fault the case does not apply, since the whole driver claims more. */
  readonly exempt?: true
  /** The name of the case. */
  readonly caughtBy: string
  /** Part of what the case says. */
  readonly saying: string
}

export const broken: readonly Broken[] = [
  {
    name: 'loses one record in seven',
    driver: sending.losesOneInSeven,
    caughtBy: 'a hundred events that were published before their group existed all arrive',
    saying: 'missing: ["6","13",',
  },
  {
    name: 'drops dead letters',
    driver: sending.dropsDeadLetters,
    caughtBy: 'an event that exhausts its attempts is dead-lettered exactly once and then settled',
    saying: 'missing: ["0"]',
  },
  {
    name: 'swallows errors of send',
    driver: sending.swallowsSendErrors,
    caughtBy: 'publishing to a topic that does not exist fails with ERR_NOT_FOUND for every record',
    saying: 'was accepted: expected ERR_PUBLISH',
  },
  {
    name: 'reports a failure at the wrong index',
    driver: sending.reportsTheWrongIndex,
    caughtBy: 'what the driver reports as accepted arrives, what it reports as refused does not',
    saying: 'missing: ["2"]',
  },
  {
    name: 'loses on close what it has confirmed',
    driver: sending.losesOnClose,
    caughtBy: 'closing while events are published loses none that was confirmed',
    saying: 'missing:',
  },
  {
    name: 'lies about order',
    driver: sending.reversesBatches,
    caughtBy: 'events of one publish and one key arrive in order',
    saying: 'the order: expected [0,1,2',
  },
  {
    name: 'gives receipts to the wrong records',
    driver: sending.mixesReceipts,
    caughtBy: 'a receipt names the position at which the message is delivered',
    saying: 'the position of event',
  },
  {
    name: 'corrupts bytes that are not UTF-8',
    driver: transport.corruptsBytes,
    caughtBy: 'a binary body with every byte from 0 to 255 arrives byte for byte',
    saying: 'data: expected',
  },
  {
    name: 'folds the case of header names',
    driver: transport.foldsHeaderNames,
    caughtBy:
      'headers of a message arrive with their names, in the case they were sent with, and their values',
    saying: 'header X-Trace-Id',
  },
  {
    name: 'writes headers in ASCII',
    driver: transport.writesAsciiHeaders,
    caughtBy:
      'a subject and extensions of every script, with quotes, percent signs and spaces, arrive unchanged',
    saying: '?',
  },
  {
    name: 'trims header values',
    driver: transport.trimsHeaders,
    caughtBy:
      'a subject and extensions of every script, with quotes, percent signs and spaces, arrive unchanged',
    saying: ' at both ends ',
  },
  {
    name: 'loses keys',
    driver: transport.losesKeys,
    caughtBy: 'the key of a message arrives with it',
    saying: 'keys: expected',
  },
  {
    name: 'takes no data for empty data',
    driver: transport.confusesNullWithEmpty,
    caughtBy: 'an event without data arrives without data, and empty text arrives as empty text',
    saying: 'data of an event that has none',
  },
  {
    name: 'leaks between topics',
    driver: transport.leaksBetweenTopics,
    caughtBy: 'what is published to one topic never arrives at another',
    saying: 'an event of the',
  },
  {
    name: 'acknowledges early',
    driver: settling.acksEarly,
    caughtBy: 'an event is settled only when its handler has returned',
    saying: 'missing: ["3"',
  },
  {
    name: 'takes a release for an acknowledgement',
    driver: settling.takesReleaseForAck,
    caughtBy: 'what is released is delivered again',
    saying: 'what came: []',
  },
  {
    name: 'delivers again what was terminated',
    driver: settling.takesTermForNack,
    caughtBy: 'what is terminated is never delivered again',
    saying: 'what was delivered',
  },
  {
    name: 'takes a nack for an acknowledgement',
    driver: settling.takesNackForAck,
    caughtBy: 'every one of twenty events that fail once is attempted again',
    saying: 'missing: ["0","1"',
  },
  {
    name: 'redelivers in a hot loop',
    driver: settling.loopsHot,
    caughtBy: 'an event that always fails does not run in a hot loop',
    saying: 'attempts in 300 ms',
  },
  {
    name: 'lies about delay',
    driver: settling.delaysTooLittle,
    caughtBy: 'a nack with a delay is not delivered again before its time',
    saying: 'it came again after',
  },
  {
    name: 'repeats what was acknowledged',
    driver: settling.repeatsAfterAck,
    caughtBy: 'an event that was handled is not delivered again, neither to its reader nor to the next',
    saying: 'the calls: expected [0,1,2',
  },
  {
    name: 'counts no attempts though it says so',
    driver: settling.countsNoAttempts,
    caughtBy: 'an event whose handler throws is attempted again, and the attempt number counts up',
    saying: 'attempts: expected [1,2,3,4], got [1,1,1,1]',
  },
  {
    name: 'commits past what is not settled',
    driver: settling.passesUnsettled,
    caughtBy: 'a settled position never passes an unsettled one',
    saying: 'what came: []',
  },
  {
    name: 'delivers a lane in parallel',
    driver: settling.ignoresLanes,
    caughtBy: 'where order is promised, a message with a key has a lane and waits for the batch before it',
    saying: 'was delivered twice at once',
  },
  {
    name: 'lets one lane hold all others',
    driver: settling.holdsAllLanes,
    redelivery: 'runner',
    caughtBy: 'a lane whose event keeps failing does not starve the others',
    saying: 'events to be handled',
  },
  {
    name: 'reorders after a nack',
    driver: settling.reordersAfterNack,
    caughtBy: 'a failing event never lets a later one of its lane overtake it',
    saying: 'the calls: expected [0,1,2,2,2,2,3,4,5]',
  },
  {
    name: 'ignores the end of a subscription',
    driver: reading.ignoresAbort,
    caughtBy: 'closing one of two subscriptions leaves the other working',
    saying: 'closing a subscription took longer',
  },
  {
    name: 'goes on reading after it has ended',
    driver: reading.readsAfterTheEnd,
    caughtBy: 'once receive has ended, the driver delivers nothing more',
    saying: 'what was delivered: expected [0], got [0,1',
  },
  {
    name: 'ends while handlers run',
    driver: reading.doesNotDrain,
    caughtBy: 'a handler that runs when its subscription closes may finish, and its event is acknowledged',
    saying: 'close resolved while a handler was running',
  },
  {
    name: 'delivers to one of two groups',
    driver: reading.mergesGroups,
    caughtBy: 'two groups of a topic each get everything',
    saying: 'missing:',
  },
  {
    name: 'gives everything to each member of a group',
    driver: reading.splitsGroups,
    caughtBy: 'members of a group share its events, each of which is handled by one of them',
    saying: 'the events handled by both together',
  },
  {
    name: 'forgets what a group has read',
    driver: reading.forgetsPositions,
    caughtBy: 'after a subscription has closed, another of its group goes on where it stopped',
    saying: 'events that were acknowledged and came again',
  },
  {
    name: 'starts every group at the end',
    driver: reading.startsAtTheEnd,
    caughtBy: 'a new group gets old events where they are kept',
    saying: 'missing:',
  },
  {
    name: 'hides that a topic does not exist',
    driver: reading.hidesMissingTopics,
    caughtBy: 'reading a topic that does not exist ends the subscription with ERR_NOT_FOUND',
    saying: 'ending the subscription took longer',
  },
  {
    name: 'lies about the positions it can go to',
    driver: claiming.seeksToTheBeginning,
    caughtBy: 'replay from a position brings back the event there and what follows it',
    saying: 'what came: expected [7,8,9], got [0,1',
  },
  {
    name: 'lies about replay',
    driver: claiming.seeksNowhere,
    caughtBy: 'replay from the earliest brings back everything, in order',
    saying: 'missing: ["0","1"',
  },
  {
    name: 'promises order and names no lane',
    driver: claiming.namesNoLane,
    caughtBy: 'where order is promised, a message with a key has a lane and waits for the batch before it',
    saying: 'came without a lane',
  },
  {
    name: 'declares limits that cannot be',
    driver: claiming.declaresImpossibleLimits,
    caughtBy: 'the limits that are declared are whole numbers of at least one, and a message fits a batch',
    saying: 'records is 0',
  },
  {
    name: 'takes less than it declares',
    driver: claiming.takesLess,
    caughtBy: 'the largest message that is declared arrives',
    saying: 'too large after all',
  },
  {
    name: 'refuses without a code',
    driver: claiming.refusesWithoutCode,
    caughtBy: 'a topic that ensure creates can be used, or ensure is refused with ERR_UNSUPPORTED',
    saying: 'the refusal',
  },
  {
    name: 'replays where it declares no replay',
    broker: claiming.replaysUndeclared,
    exempt: true,
    caughtBy: '"time" is refused with ERR_UNSUPPORTED, as start and as replay, where it is not declared',
    saying: 'replay from time was accepted',
  },
  {
    name: 'publishes after close',
    broker: claiming.publishesAfterClose,
    caughtBy: 'publish, subscribe, replay and ensure after close are refused with ERR_CLOSED',
    saying: 'publish after close was accepted',
  },
  {
    name: 'fails to ping',
    driver: claiming.failsToPing,
    caughtBy: 'a ping is answered in time or refused with ERR_UNSUPPORTED, and after close with ERR_CLOSED',
    saying: 'failed with "no pong"',
  },
  {
    name: 'never answers a ping',
    driver: claiming.neverAnswersPing,
    caughtBy: 'a ping is answered in time or refused with ERR_UNSUPPORTED, and after close with ERR_CLOSED',
    saying: 'the first ping took longer than',
  },
  {
    name: 'answers pings after close',
    broker: claiming.pingsNothing,
    caughtBy: 'a ping is answered in time or refused with ERR_UNSUPPORTED, and after close with ERR_CLOSED',
    saying: 'ping after close was accepted',
  },
  {
    name: 'does not close',
    driver: reading.neverCloses,
    caughtBy: 'a broker that is opened and not used closes',
    saying: 'closing took longer than',
  },
  {
    name: 'names lanes though it promises no order',
    driver: claiming.namesLanesWithoutOrder,
    exempt: true,
    caughtBy: 'where no order is promised, deliveries name no lane',
    saying: 'a delivery names a lane',
  },
  {
    name: 'repeats what it says it delivers at most once',
    driver: claiming.repeatsAtMostOnce,
    exempt: true,
    caughtBy: 'where events are delivered at most once, a later reader gets nothing older',
    saying: 'an event came again',
  },
  {
    name: 'drops headers in silence',
    driver: claiming.dropsHeaders,
    exempt: true,
    caughtBy: 'a header is carried or refused, never lost, where the broker declares no headers',
    saying: 'the header: expected "a", got undefined',
  },
  {
    name: 'ignores the signal of a publish',
    broker: claiming.ignoresSignals,
    caughtBy: 'a publish whose signal is aborted is refused at once, and one that is being retried ends soon',
    saying: 'aborted was accepted',
  },
  {
    name: 'accepts any policy',
    broker: claiming.ignoresPolicies,
    caughtBy: 'a wrong policy, an empty topic or an empty group is refused at once, and the field is named',
    saying: 'maxAttempts was accepted',
  },
]
