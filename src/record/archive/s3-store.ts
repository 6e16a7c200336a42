/**
 * An S3-compatible store of objects. Loaded only where one is configured: the SDK is large. Every part carries its
 * CRC-32, which the service checks as it takes it; afterwards the service is asked for the checksum of the whole.
 */
import { createReadStream, createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { crc32 } from 'node:zlib'
import {
  ChecksumAlgorithm,
  ChecksumMode,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { FountainError } from '../../errors.ts'
import type { ObjectStore } from './object-store.ts'

export interface S3Settings {
  readonly endpoint: string
  readonly bucket: string
  readonly region: string
  readonly prefix: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/** Parts of so much, so many at one time: this much memory at most. */
const partBytes = 16 * 1024 * 1024
const partsAtOnce = 2
const connectLimitMs = 5_000
/** Without a byte of an answer for so long, a request has failed. */
const answerLimitMs = 60_000

export function openS3(settings: S3Settings): ObjectStore {
  const { endpoint, bucket: Bucket, region, prefix, accessKeyId, secretAccessKey } = settings
  const client = new S3Client({
    endpoint,
    region,
    credentials: { accessKeyId, secretAccessKey },
    // Names of buckets as hosts need a wildcard in the DNS, which few services but Amazon's have.
    forcePathStyle: true,
    maxAttempts: 3,
    requestHandler: { connectionTimeout: connectLimitMs, requestTimeout: answerLimitMs },
  })
  const describe = `s3 ${endpoint.replace(/\/$/, '')}/${Bucket}/${prefix}`
  const at = (key: string) => ({ Bucket, Key: prefix + key })

  const asked = async <T>(what: string, key: string, ask: () => Promise<T>): Promise<T> => {
    try {
      return await ask()
    } catch (cause) {
      if (cause instanceof FountainError) throw cause
      if (isMissing(cause)) throw new FountainError('ARCHIVE_DAMAGED', `${describe}${key} is not there.`, { cause })
      throw new FountainError('ARCHIVE_REMOTE_FAILED', `${describe}${key}: ${what}: ${reasonOf(cause)}`, { cause })
    }
  }
  const body = async (key: string, range?: string, signal?: AbortSignal): Promise<Readable> => {
    const { Body } = await client.send(
      new GetObjectCommand({ ...at(key), ...(range === undefined ? {} : { Range: range }) }),
      signal === undefined ? {} : { abortSignal: signal },
    )
    if (Body === undefined) throw new Error('an answer without a body')
    return Body as Readable
  }

  const store: ObjectStore = {
    describe,
    put: (key, file, signal) =>
      asked('it could not be copied', key, async () => {
        const sums = new Checksums(partBytes)
        const abortController = new AbortController()
        const abort = () => abortController.abort()
        signal.addEventListener('abort', abort, { once: true })
        try {
          await new Upload({
            client,
            params: {
              ...at(key),
              Body: Readable.from(sums.passing(createReadStream(file))),
              ChecksumAlgorithm: ChecksumAlgorithm.CRC32,
            },
            partSize: partBytes,
            queueSize: partsAtOnce,
            abortController,
          }).done()
        } finally {
          signal.removeEventListener('abort', abort)
        }
        const told = await client.send(new HeadObjectCommand({ ...at(key), ChecksumMode: ChecksumMode.ENABLED }))
        const same =
          told.ContentLength === sums.bytes &&
          (told.ChecksumCRC32 === undefined
            ? (await crcOf(await body(key, undefined, signal))) === sums.whole
            : sums.match(told.ChecksumCRC32))
        if (!same) throw new Error('what the service has is not what was sent')
      }),
    read: (key, from, length) =>
      asked('it could not be read', key, async () => {
        const bytes = Buffer.concat(await (await body(key, `bytes=${from}-${from + length - 1}`)).toArray())
        if (bytes.length !== length) {
          throw new FountainError(
            'ARCHIVE_DAMAGED',
            `${describe}${key} at ${from}: ${bytes.length} bytes of ${length}.`,
          )
        }
        return bytes
      }),
    fetch: (key, file, signal) =>
      asked('it could not be read', key, async () => {
        const part = `${file}.part`
        try {
          await pipeline(await body(key, undefined, signal), createWriteStream(part, { mode: 0o600, flush: true }), {
            signal,
          })
          await rename(part, file)
        } finally {
          await rm(part, { force: true })
        }
      }),
    head: (key) =>
      asked('it could not be asked for', key, async () => {
        try {
          const { ContentLength = 0 } = await client.send(new HeadObjectCommand(at(key)))
          return { bytes: ContentLength }
        } catch (error) {
          if (isMissing(error)) return null
          throw error
        }
      }),
    delete: (key) =>
      asked('it could not be deleted', key, async () => {
        await client.send(new DeleteObjectCommand(at(key))).catch((error: unknown) => {
          if (!isMissing(error)) throw error
        })
      }),
    list: async function* (start) {
      for (let ContinuationToken: string | undefined; ; ) {
        const page = await asked('it could not be listed', start, () =>
          client.send(
            new ListObjectsV2Command({
              Bucket,
              Prefix: prefix + start,
              ...(ContinuationToken === undefined ? {} : { ContinuationToken }),
            }),
          ),
        )
        for (const { Key = '', Size = 0 } of page.Contents ?? []) yield { key: Key.slice(prefix.length), bytes: Size }
        ContinuationToken = page.NextContinuationToken
        if (ContinuationToken === undefined) return
      }
    },
    close: () => client.destroy(),
  }
  return store
}

function isMissing(error: unknown): boolean {
  return error instanceof S3ServiceException && (error.name === 'NoSuchKey' || error.name === 'NotFound')
}

/** What the service or the network said. The SDK's messages hold no credentials; what they quote of requests is cut. */
function reasonOf(cause: unknown): string {
  if (cause instanceof S3ServiceException) {
    const status = cause.$metadata.httpStatusCode
    return `${cause.name}${status === undefined ? '' : ` (${status})`}.`
  }
  const { code, message, name } = cause as NodeJS.ErrnoException
  return `${code ?? (message || name)}.`
}

/** The CRC-32 of a stream, of the whole and of each part, as S3 tells them: of a whole object, or of its parts' sums. */
class Checksums {
  readonly #partBytes: number
  readonly #parts: number[] = []
  #part = 0
  #inPart = 0
  whole = 0
  bytes = 0
  constructor(partBytes: number) {
    this.#partBytes = partBytes
  }

  async *passing(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of source) {
      this.#add(chunk)
      yield chunk
    }
  }

  match(told: string): boolean {
    const [sum = '', parts] = told.split('-')
    if (parts === undefined && sum === base64(this.whole)) return true
    const ends = [...this.#parts, ...(this.#inPart > 0 ? [this.#part] : [])]
    const composite = crc32(Buffer.concat(ends.map((part) => bigEndian(part))))
    return sum === base64(composite) && (parts === undefined || Number(parts) === ends.length)
  }

  #add(chunk: Buffer): void {
    this.whole = crc32(chunk, this.whole)
    this.bytes += chunk.length
    for (let from = 0; from < chunk.length; ) {
      const piece = chunk.subarray(from, from + this.#partBytes - this.#inPart)
      this.#part = crc32(piece, this.#part)
      this.#inPart += piece.length
      from += piece.length
      if (this.#inPart === this.#partBytes) {
        this.#parts.push(this.#part)
        this.#part = 0
        this.#inPart = 0
      }
    }
  }
}

async function crcOf(stream: Readable): Promise<number> {
  let sum = 0
  for await (const chunk of stream) sum = crc32(chunk as Buffer, sum)
  return sum
}

function bigEndian(sum: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(sum)
  return bytes
}
const base64 = (sum: number): string => bigEndian(sum).toString('base64')
