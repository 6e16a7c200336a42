/** A certificate authority and a server's certificate of it, made anew for each run: nothing expires in the repository. */
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'

export interface Certificates {
  /** PEM: the authority that clients must be told of. */
  readonly ca: string
  /** PEM: the server's, for the names given. */
  readonly cert: string
  readonly key: string
}

/** ITU-T X.690 (DER), RFC 5280 (certificates), RFC 5480 (elliptic curves). */
export function makeCertificates(names: { dns: readonly string[]; ip: readonly string[] }): Certificates {
  const pair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const authority = pair()
  const server = pair()
  const caName = name('Fountain test authority')
  const sans = [
    ...names.dns.map((text) => der(0x82, Buffer.from(text))),
    ...names.ip.map((text) => der(0x87, Buffer.from(text.split('.').map(Number)))),
  ]
  const basic = (isCa: boolean) =>
    extension('551d13', der(0x30, ...(isCa ? [der(0x01, Buffer.from([0xff]))] : [])), true)
  return {
    ca: certificate(caName, caName, authority.publicKey, authority.privateKey, [basic(true)]),
    cert: certificate(name(names.dns[0] ?? 'server'), caName, server.publicKey, authority.privateKey, [
      basic(false),
      extension('551d11', der(0x30, ...sans)),
    ]),
    key: server.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  }
}

function certificate(subject: Buffer, issuer: Buffer, publicKey: KeyObject, signer: KeyObject, extensions: Buffer[]) {
  const algorithm = der(0x30, oid('2a8648ce3d040302'))
  const day = 86_400_000
  const tbs = der(
    0x30,
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    algorithm,
    issuer,
    der(0x30, time(Date.now() - day), time(Date.now() + day)),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, der(0x30, ...extensions)),
  )
  const signature = der(0x03, Buffer.from([0]), sign('sha256', tbs, signer))
  const base64 = der(0x30, tbs, algorithm, signature).toString('base64').replace(/.{64}/g, '$&\n').trimEnd()
  return `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`
}

function der(tag: number, ...content: Buffer[]): Buffer {
  const body = Buffer.concat(content)
  const length =
    body.length < 128
      ? [body.length]
      : body.length < 256
        ? [0x81, body.length]
        : [0x82, body.length >> 8, body.length & 255]
  return Buffer.concat([Buffer.from([tag, ...length]), body])
}
const oid = (hex: string) => der(0x06, Buffer.from(hex, 'hex'))
const name = (text: string) => der(0x30, der(0x31, der(0x30, oid('550403'), der(0x0c, Buffer.from(text)))))
const time = (ms: number) => {
  const [date = '', clock = ''] = new Date(ms).toISOString().split(/[T.]/)
  return der(0x17, Buffer.from(`${date.slice(2).replaceAll('-', '')}${clock.replaceAll(':', '')}Z`))
}
const extension = (id: string, value: Buffer, critical = false) =>
  der(0x30, oid(id), ...(critical ? [der(0x01, Buffer.from([0xff]))] : []), der(0x04, value))
