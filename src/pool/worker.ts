/** A worker of the pool: one job at a time, XPath, XSD and pictures. It shows by shared memory which expression it works on. */
import { parentPort, workerData } from 'node:worker_threads'
import type { Picture } from '../../bridges/contract.ts'
import type { Validator } from '../../vo/validate.ts'
import type { PictureRequest } from '../pictures/request.ts'
import type { Answer, Job, JobResult, WorkerData } from './messages.ts'
import { XPathEvaluator } from './xpath-evaluator.ts'

const progress = new Int32Array((workerData as WorkerData).progress)
const evaluator = new XPathEvaluator()
let validator: Promise<Validator> | undefined
// With its libraries it takes a while to load: only where somebody draws.
let draw: Promise<(request: PictureRequest) => Picture> | undefined

function begin(index: number): void {
  Atomics.store(progress, 0, index)
  Atomics.add(progress, 1, 1)
}

async function perform(job: Job): Promise<JobResult> {
  switch (job.kind) {
    case 'match':
      return { kind: 'match', verdicts: evaluator.match(job.document, job.expressions, begin) }
    case 'check':
      begin(0)
      return { kind: 'check', fault: evaluator.fault(job.expression) }
    case 'validate': {
      validator ??= import('../../vo/validate.ts').then((module) => module.openValidator())
      const options = job.version === undefined ? {} : { version: job.version }
      const { version, valid, issues } = (await validator).validate(job.document, options)
      return { kind: 'validate', validation: { version, valid, issues } }
    }
    case 'picture': {
      draw ??= import('../pictures/draw-picture.ts').then((module) => module.drawPicture)
      return { kind: 'picture', picture: (await draw)(job.request) }
    }
  }
}

parentPort?.on('message', (job: Job) => {
  void perform(job)
    .then(
      (result): Answer => ({ result }),
      (error: unknown): Answer => ({ error: error instanceof Error ? error.message : String(error) }),
    )
    .then((answer) => {
      Atomics.store(progress, 0, -1)
      parentPort?.postMessage(answer)
    })
})
