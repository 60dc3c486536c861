import type { Construct } from 'constructs'
import { addDeadLetterAlert, addFunctionAlerts } from './alerts.ts'
import { addDashboard } from './dashboard.ts'
import { EventFunction } from './event-function.ts'
import { idOf } from './names.ts'
import type { PubsubPlan } from './plan.ts'
import { GoogleProject } from './resource.ts'
import { GoogleStack } from './stack.ts'

/** Functions with their subscriptions, accounts and alerts. Topics are those of the data stack, found by their names. */
export class PubsubStack extends GoogleStack {
  constructor(scope: Construct, id: string, plan: PubsubPlan) {
    super(scope, id, plan)
    const google = new GoogleProject(this, 'project', plan.project)
    for (const fn of plan.functions) {
      new EventFunction(this, idOf(fn.config.name), {
        plan,
        function: fn,
        google,
        kept: this.kept,
        topicPath: (topic) => this.topicPath(topic),
      })
      addFunctionAlerts(this, plan, fn)
    }
    for (const { topic, deadLetters } of plan.topics)
      if (deadLetters !== undefined) addDeadLetterAlert(this, plan, topic, deadLetters.subscription)
    addDashboard(this, plan)
  }
}
