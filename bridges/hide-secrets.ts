/** Services say back what they were asked; what they say is stored and shown. */

/** The text without these secrets, as they are or as a URL, a form, or JSON writes them. */
export function hideSecrets(text: string, secrets: readonly string[]): string {
  const forms = secrets.flatMap((secret) => {
    const inJson = JSON.stringify(secret).slice(1, -1)
    const inForm = new URLSearchParams({ x: secret }).toString().slice(2)
    return [secret, strict(secret), encodeURIComponent(secret), inForm, inJson, JSON.stringify(inJson).slice(1, -1)]
  })
  // The longest first: one may be a part of another.
  const known = [...new Set(forms)].filter((form) => form !== '').sort((a, b) => b.length - a.length)
  return known.reduce((left, form) => left.replaceAll(form, '***'), text)
}

/** RFC 3986: what OAuth writes. */
function strict(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
}
