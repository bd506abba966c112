// Verifies requests as the reference implementation does, with the official
// package. Reads {jwk, requests: [{url, method, headers, body}]}, writes a list of
// "ok", "headers" (their form), "keyid", "unknown key", "signature" or "error".
import { readFileSync } from 'node:fs'
import { getKeyId, validateSignature, validateSignatureHeaders } from '@interledger/http-signature-utils'
const { jwk, requests } = JSON.parse(readFileSync(0, 'utf8'))
const verdicts = []
for (const r of requests) {
  try {
    const request = { ...r, body: JSON.stringify(JSON.parse(r.body)) }
    if (!validateSignatureHeaders(request)) { verdicts.push('headers'); continue }
    const keyId = getKeyId(request.headers['signature-input'])
    if (!keyId) { verdicts.push('keyid'); continue }
    if (keyId !== jwk.kid) { verdicts.push('unknown key'); continue }
    verdicts.push((await validateSignature(jwk, request)) ? 'ok' : 'signature')
  } catch (err) {
    verdicts.push('error')
  }
}
process.stdout.write(JSON.stringify(verdicts))
