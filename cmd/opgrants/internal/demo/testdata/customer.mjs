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
  const limit = await page.isVisible('#limit')
  await page.click('form button')
  await page.waitForURL(/\/interact\//)
  const asked = await page.innerText('main')
  await page.click(`button[value=${choice}]`)
  await page.waitForURL(/\/orders\//)
  await page.locator('.wire details').first().click()
  return { asked, limit, shown: await page.innerText('main'), url: page.url() }
}

// press sends a form of the order's page, and returns the page that comes.
async function press (selector) {
  await Promise.all([page.waitForNavigation(), page.click(selector)])
  return { shown: await page.innerText('main'), url: page.url() }
}

async function another (amount) {
  await page.fill('.another input[name=amount]', amount)
  return press('.another button')
}

const allowed = await order('daily', 'accept')
await press('button[value="10m"]')
const second = await another('1.50')
const tooMuch = await another('4')
const ended = await press('form[action$="/end"] button')
const refused = await order('once', 'reject')
console.log(JSON.stringify({ allowed, second, tooMuch, ended, refused, complaints }))
await browser.close()
