// Alice, with a real browser: node customer.mjs <chromium> <shop>
// Prints what she saw, as JSON.
import { chromium } from 'playwright-core'

const [executablePath, shop] = process.argv.slice(2)
const browser = await chromium.launch({
  executablePath,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync']
})
const page = await (await browser.newContext()).newPage()
const complaints = []
page.on('console', m => complaints.push(m.text()))
page.on('pageerror', e => complaints.push(String(e)))

async function order (often, choice) {
  await page.goto(shop)
  await page.check(`input[value=${often}]`)
  await page.click('form button')
  await page.waitForURL(/\/interact\//)
  const asked = await page.innerText('main')
  await page.click(`button[value=${choice}]`)
  await page.waitForURL(/\/orders\//)
  await page.locator('details').first().click()
  return { asked, shown: await page.innerText('main'), url: page.url() }
}

const allowed = await order('daily', 'accept')
const refused = await order('once', 'reject')
console.log(JSON.stringify({ allowed, refused, complaints }))
await browser.close()
