import {
  TerraformDataSource,
  type TerraformMetaArguments,
  TerraformProvider,
  TerraformResource,
  type TerraformStack,
} from 'cdktn'
import type { Construct } from 'constructs'
import type { Arguments, ResourceType } from './arguments.ts'

/** Worker pools came with 6.50; 7 has the same names. */
const provider = { providerName: 'google', providerVersionConstraint: '>= 6.50.0, < 8.0.0' }

/** A resource of Google Cloud, with the arguments of Terraform in Terraform's own names. */
export class GoogleResource<Type extends ResourceType> extends TerraformResource {
  readonly #arguments: Arguments<Type>

  constructor(
    scope: Construct,
    id: string,
    type: Type,
    given: Arguments<Type>,
    meta: TerraformMetaArguments = {},
  ) {
    super(scope, id, { ...meta, terraformResourceType: type, terraformGeneratorMetadata: provider })
    this.#arguments = given
  }

  /** A reference to what the service tells after it made the resource. */
  attribute(name: 'id' | 'name' | 'email' | 'uri'): string {
    return this.getStringAttribute(name)
  }

  protected override synthesizeAttributes(): Record<string, unknown> {
    return { ...this.#arguments }
  }
}

/** The project that is deployed to, for its number. */
export class GoogleProject extends TerraformDataSource {
  readonly #project: string

  constructor(scope: Construct, id: string, project: string) {
    super(scope, id, { terraformResourceType: 'google_project', terraformGeneratorMetadata: provider })
    this.#project = project
  }

  /** By which Pub/Sub acts: forwards dead letters, signs as the account that it pushes as. */
  get pubsubAgent(): string {
    return `serviceAccount:service-${this.getStringAttribute('number')}@gcp-sa-pubsub.iam.gserviceaccount.com`
  }

  protected override synthesizeAttributes(): Record<string, unknown> {
    return { project_id: this.#project }
  }
}

export interface GoogleProviderSettings {
  readonly project: string
  readonly region: string
  readonly default_labels: Readonly<Record<string, string>>
}

/** Says where all resources of a stack are. */
export class GoogleProvider extends TerraformProvider {
  readonly #settings: GoogleProviderSettings

  constructor(stack: TerraformStack, settings: GoogleProviderSettings) {
    super(stack, 'google', {
      terraformResourceType: 'google',
      terraformProviderSource: 'hashicorp/google',
      terraformGeneratorMetadata: provider,
    })
    this.#settings = settings
  }

  protected override synthesizeAttributes(): Record<string, unknown> {
    return { ...this.#settings }
  }
}
