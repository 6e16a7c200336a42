/** What the pool and its workers say to each other. */
import type { Picture } from '../../bridges/contract.ts'
import type { Issue } from '../../vo/validate.ts'
import type { PictureRequest } from '../pictures/request.ts'

export type Job =
  | { readonly kind: 'match'; readonly document: Uint8Array; readonly expressions: readonly string[] }
  | { readonly kind: 'check'; readonly expression: string }
  | { readonly kind: 'validate'; readonly document: Uint8Array; readonly version: '2.0' | undefined }
  | { readonly kind: 'picture'; readonly request: PictureRequest }

export interface Validation {
  /** What the document was held against. */
  readonly version: string
  readonly valid: boolean
  readonly issues: readonly Issue[]
}

export type JobResult =
  | { readonly kind: 'match'; readonly verdicts: readonly (boolean | { readonly failed: string })[] }
  | { readonly kind: 'check'; readonly fault: string | undefined }
  | { readonly kind: 'validate'; readonly validation: Validation }
  | { readonly kind: 'picture'; readonly picture: Picture }

export type Answer = { readonly result: JobResult } | { readonly error: string }

export interface WorkerData {
  /** Two Int32: which expression of the job runs (-1: none), and how many expressions were begun since the start. */
  readonly progress: SharedArrayBuffer
}
