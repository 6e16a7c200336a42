/** Links into the gateway's own HTTP, for what is sent; there are none without a public URL. */

export interface Links {
  readonly eventUrl?: (ivoid: string) => string
  /** The token is a secret of the subscription: the link goes to its address and nowhere else. */
  readonly unsubscribeUrl?: (token: string) => string
  readonly confirmUrl?: (token: string) => string
  /** A draft's page, for whoever may say yes. */
  readonly draftUrl?: (token: string) => string
}

export function linksAt(publicUrl: string | undefined): Links {
  if (publicUrl === undefined) return {}
  const base = publicUrl.replace(/\/$/, '')
  return {
    eventUrl: (ivoid) => `${base}/events?ID=${encodeURIComponent(ivoid)}`,
    unsubscribeUrl: (token) => `${base}/unsubscribe/${encodeURIComponent(token)}`,
    confirmUrl: (token) => `${base}/confirm/${encodeURIComponent(token)}`,
    draftUrl: (token) => `${base}/drafts/${encodeURIComponent(token)}`,
  }
}
