/** One entry of an account of loss: what a form of the event cannot hold, or holds otherwise. */
export interface Loss {
  /** Where in the model: `whereWhen[0].position.ellipse`. Everything below it is meant. */
  readonly path: string
  /** `moved`: said elsewhere. `approximated`: said less exactly. `dropped`: not said at all. */
  readonly kind: 'moved' | 'approximated' | 'dropped'
  /** In words: what became of it. */
  readonly says: string
}
