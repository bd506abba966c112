// A shop with one button. To be paid it needs two calls and one redirect.
import { randomUUID } from 'node:crypto'
import express from 'express'

const { OPGRANTS_URL, OPGRANTS_TOKEN, PORT = 3000 } = process.env
const sessions = new Map() // the cookie of a browser → what it ordered

async function opgrants (path, key, body) {
  const response = await fetch(OPGRANTS_URL + path, {
    method: 'POST',
    headers: { Authorization: `Bearer ${OPGRANTS_TOKEN}`, 'Content-Type': 'application/json', 'Idempotency-Key': key },
    body: JSON.stringify(body)
  })
  return { ...await response.json(), http: response.status }
}

const escape = text => String(text).replace(/[&<>"']/g, c => `&#${c.charCodeAt(0)};`)
const page = (title, rest = '') => `<!doctype html><title>Coffee</title><main><h1>${escape(title)}</h1>${rest}</main>`

const app = express()
app.use(express.urlencoded())
app.use((req, res, next) => {
  let id = /\bsession=([\w-]+)/.exec(req.headers.cookie)?.[1]
  if (!sessions.has(id)) {
    sessions.set(id = randomUUID(), {})
    res.cookie('session', id, { httpOnly: true, sameSite: 'lax', secure: req.secure })
  }
  req.session = sessions.get(id)
  next()
})

app.get('/', (req, res) => res.send(page('Coffee, 4.00 USD', `<form method="post" action="/buy">
  <label>Your wallet address <input name="wallet" required></label> <button>Buy</button></form>`)))

app.post('/buy', async (req, res) => {
  const order = randomUUID()
  const grant = await opgrants('/grants', order, {
    walletAddress: req.body.wallet,
    payment: { receiveAmount: { value: '400', assetCode: 'USD', assetScale: 2 }, description: 'Coffee' },
    returnUrl: `${req.protocol}://${req.headers.host}/return`,
    reference: order
  })
  if (grant.http !== 201) return res.status(502).send(page('Please try again', escape(grant.detail)))
  req.session.grant = grant.id
  res.redirect(303, grant.consentUrl)
})

app.get('/return', async (req, res) => {
  const grant = req.session.grant // of this browser's session, never from the URL
  if (!grant) return res.status(403).send(page('You have ordered nothing in this browser'))
  const { http, status, detail } = await opgrants(`/grants/${grant}/payments`, grant, { code: req.query.code })
  if (status === 'completed') return res.send(page('Paid. Thank you!'))
  if (['processing', 'pending'].includes(status) || http >= 500) return res.set('Refresh', '5').send(page('On its way'))
  res.send(page('Not paid', escape(detail ?? status)))
})

app.listen(PORT, '127.0.0.1')
