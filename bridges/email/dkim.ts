/**
 * DKIM (RFC 6376) by nodemailer's signer, over the bytes that go out. The fields are named here: the signer's own list
 * leaves out List-Unsubscribe-Post, and RFC 8058 §4 wants both fields of the one click covered.
 */
import { createPrivateKey, type KeyObject } from 'node:crypto'
import type Signer from 'nodemailer/lib/dkim'
import { DeliveryError } from '../contract.ts'

export interface DkimSettings {
  readonly domain: string
  readonly selector: string
  /** PEM. */
  readonly privateKey: string
}

const signedFields = [
  'From',
  'Reply-To',
  'To',
  'Subject',
  'Date',
  'Message-ID',
  'In-Reply-To',
  'References',
  'MIME-Version',
  'Content-Type',
  'Auto-Submitted',
  'List-Id',
  'List-Unsubscribe',
  'List-Unsubscribe-Post',
  'X-VOEvent-IVORN',
  'X-VOEvent-Role',
].join(':')

/** Why this is no key to sign with; undefined when it is one. Never says anything of the key itself. */
export function keyFault(pem: string): string | undefined {
  let key: KeyObject
  try {
    key = createPrivateKey(pem)
  } catch {
    return 'is no private key in PEM (`openssl genrsa -out dkim.pem 2048` makes one)'
  }
  if (key.asymmetricKeyType !== 'rsa') return `is a key of type ${key.asymmetricKeyType}: DKIM here signs with RSA`
  // RFC 8301 §3.2: verifiers may refuse less.
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0
  return bits < 1024 ? `has ${bits} bits: verifiers want at least 1024, better 2048` : undefined
}

/** Gives the message with its DKIM-Signature in front: RSA-SHA256 without a time, so the same bytes each time. Throws DeliveryError. */
export async function signDkim(Dkim: typeof Signer, settings: DkimSettings, message: Buffer): Promise<Buffer> {
  const signer = new Dkim({
    domainName: settings.domain,
    keySelector: settings.selector,
    privateKey: settings.privateKey,
    headerFieldNames: signedFields,
  })
  const pieces: Buffer[] = []
  for await (const piece of signer.sign(message) as AsyncIterable<Buffer>) pieces.push(piece)
  const signed = Buffer.concat(pieces)
  // The signer leaves the signature out when it fails.
  if (!signed.subarray(0, 15).equals(Buffer.from('DKIM-Signature:')))
    throw new DeliveryError('halt', 'no', 'the mail could not be signed with the DKIM key')
  return signed
}
