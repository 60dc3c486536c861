import type { ResourceType } from '../arguments.ts'
import { type Facts, type Rule, subscriptionsOf } from './facts.ts'

const grants = [
  'google_pubsub_topic_iam_member',
  'google_pubsub_subscription_iam_member',
  'google_service_account_iam_member',
  'google_cloud_run_v2_service_iam_member',
] as const satisfies readonly ResourceType[]

const roles = [
  'roles/pubsub.publisher',
  'roles/pubsub.subscriber',
  'roles/pubsub.viewer',
  'roles/run.invoker',
  'roles/iam.serviceAccountOpenIdTokenCreator',
]

function grantsOf(facts: Facts) {
  return grants.flatMap((type) =>
    facts.of(type).map(({ address, arguments: { role, member } }) => ({ address, role, member })),
  )
}

/** Nobody is let in who was not named. */
export const nobodyIsPublic: Rule = (facts) =>
  grantsOf(facts).flatMap(({ address, member }) =>
    /^all(Authenticated)?Users$/.test(member)
      ? [`${address} member: ${member} lets anybody in: give the service account that needs it`]
      : [],
  )

/** Grants are of single roles, on single resources. */
export const rolesAreNarrow: Rule = (facts) =>
  grantsOf(facts).flatMap(({ address, role }) =>
    roles.includes(role)
      ? []
      : [`${address} role: ${role} allows more than a function needs: give one of ${roles.join(', ')}`],
  )

/** A service is reachable by its subscription's account alone, from inside. */
export const ingressIsClosed: Rule = (facts) =>
  facts
    .of('google_cloud_run_v2_service')
    .flatMap(({ address, arguments: { ingress } }) =>
      ingress === 'INGRESS_TRAFFIC_INTERNAL_ONLY'
        ? []
        : [
            `${address} ingress: ${ingress} opens the service to the internet: give INGRESS_TRAFFIC_INTERNAL_ONLY, which lets Pub/Sub of the project in`,
          ],
    )

/** What runs has an account of its own, which is not the one that pushes. */
export const accountsAreOwn: Rule = (facts) => {
  const pushers = subscriptionsOf(facts, 'push').map(
    ({ arguments: { push_config } }) => push_config?.oidc_token?.service_account_email,
  )
  const running = [...facts.of('google_cloud_run_v2_service'), ...facts.of('google_cloud_run_v2_worker_pool')]
  return running.flatMap(({ address, arguments: { template } }, at) => {
    const account = template.service_account
    const place = `${address} template.service_account`
    if (!account.startsWith('${google_service_account.'))
      return [
        `${place}: an account that is not made here has grants nobody sees: give one of google_service_account`,
      ]
    if (pushers.includes(account))
      return [
        `${place}: it is the account that pushes, so the function could call itself: give it one of its own`,
      ]
    return running.slice(0, at).some((other) => other.arguments.template.service_account === account)
      ? [`${place}: another function has it too, with all of its grants: give each function its own`]
      : []
  })
}

/** What runs is what was tested: an image by its digest. */
export const imagesAreFixed: Rule = (facts) => {
  const variables = Object.values(facts.modules).flatMap(({ variable = {} }) => Object.entries(variable))
  const running = [...facts.of('google_cloud_run_v2_service'), ...facts.of('google_cloud_run_v2_worker_pool')]
  return running.flatMap(({ address, arguments: { template } }) =>
    template.containers.flatMap(({ image }) => {
      const named = /^\$\{var\.(.+)\}$/.exec(image)?.[1]
      const rules = JSON.stringify(variables.find(([name]) => name === named)?.[1].validation ?? '')
      return image.includes('@sha256:') || rules.includes('@sha256:')
        ? []
        : [
            `${address} containers.image: a tag can change under it: give it by digest, or validate the variable`,
          ]
    }),
  )
}

const secretName = /password|passwd|secret|token|creds|private_?key|access_?key/i
const secretUrl = /:\/\/[^/\s]*:[^/\s]*@/

/** Whoever may look at a service reads its environment. */
export const environmentIsNoSecret: Rule = (facts) =>
  [...facts.of('google_cloud_run_v2_service'), ...facts.of('google_cloud_run_v2_worker_pool')].flatMap(
    ({ address, arguments: { template } }) =>
      template.containers
        .flatMap(({ env = [] }) => env)
        .filter(({ name, value }) => secretName.test(name) || secretUrl.test(value))
        .map(
          ({ name }) =>
            `${address} containers.env: ${name} holds a secret, which everybody reads who may see the service: let the handler fetch it from Secret Manager`,
        ),
  )
