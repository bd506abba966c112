// A person with a real browser at a finish link: node visits.mjs <chromium> <base URL> <finish link>
// Prints what the person saw, as JSON.
import { chromium } from 'playwright-core'

const [executablePath, base, link] = process.argv.slice(2)
const browser = await chromium.launch({
  executablePath,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync']
})
const context = await browser.newContext()
const complaints = []
context.on('console', m => complaints.push(m.text()))

const control = mode => fetch(`${base}/control?mode=${mode}`)
const calls = async () => (await (await fetch(`${base}/calls`)).json())
const seen = async page => ({ url: page.url().replace(base, ''), text: (await page.innerText('body')).trim() })
const toShop = page => page.waitForURL(/\/shop/)

// From the wallet to the shop, back, and to the shop once more.
async function back () {
  await control('granted')
  const page = await context.newPage()
  await page.goto(`${base}/wallet`)
  await page.click('#accept')
  await toShop(page)
  const first = await seen(page)
  await control('finished')
  await page.goBack()
  const behind = await seen(page)
  await page.click('#accept')
  await page.waitForURL(/\/finish/)
  const again = await seen(page)
  await page.reload()
  const reloaded = await seen(page)
  await page.click('a.button')
  await toShop(page)
  return { first, behind, again, reloaded, out: await seen(page) }
}

// The link in two tabs at once, while the wallet is slow.
async function tabs () {
  await control('slow')
  const pages = [await context.newPage(), await context.newPage()]
  await Promise.all(pages.map(p => p.goto(`${base}/wallet`)))
  await Promise.all(pages.map(p => Promise.all([p.waitForURL(/\/finish/), p.click('#accept')])))
  const waiting = await seen(pages[1])
  await control('granted')
  await Promise.all(pages.map(p => toShop(p)))
  const ended = await Promise.all(pages.map(seen))
  await pages[0].goBack()
  return { waiting, ended, behind: await seen(pages[0]) }
}

// A link that the browser loads before the person opens it.
async function prefetch () {
  await control('granted')
  const before = await calls()
  const page = await context.newPage()
  await page.goto(`${base}/wallet?prefetch`)
  for (let i = 0; i < 50 && (await calls()).prefetched === before.prefetched; i++) await page.waitForTimeout(100)
  const loaded = await calls()
  await page.click('#accept')
  await toShop(page)
  const opened = await calls()
  return {
    prefetched: loaded.prefetched - before.prefetched,
    finishedByPrefetch: loaded.finished - before.finished,
    finishedByPerson: opened.finished - loaded.finished,
    out: await seen(page)
  }
}

// A link that is not valid, of a grant whose app is known.
async function invalid () {
  await control('invalid')
  const page = await context.newPage()
  await page.goto(`${base}/wallet`)
  await page.click('#accept')
  await page.waitForURL(/\/finish/)
  const shown = await seen(page)
  await page.click('a.button')
  await toShop(page)
  return { shown, out: await seen(page) }
}

// A page that has reloaded by itself for minutes.
async function tired () {
  await control('slow')
  const page = await context.newPage()
  await page.goto(`${base}${link}&reload=20`)
  await page.waitForTimeout(1500)
  return seen(page)
}

const result = { back: await back(), tabs: await tabs(), prefetch: await prefetch(), invalid: await invalid(), tired: await tired() }
console.log(JSON.stringify({ ...result, complaints: complaints.filter(c => c.includes('Content Security Policy')) }))
await browser.close()
