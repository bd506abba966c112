// Alice, with a real browser: node customer.mjs <chromium> <shop> <folder>
// Prints what she saw, as JSON, and puts pictures of it into the folder.
import { chromium } from 'playwright-core'

const [executablePath, shop, folder] = process.argv.slice(2)
const browser = await chromium.launch({
  executablePath,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync']
})
const page = await (await browser.newContext()).newPage()
const complaints = []
const wide = [] // what is wider than its place
page.on('console', m => complaints.push(m.text()))
page.on('pageerror', e => complaints.push(String(e)))

// take takes pictures of the whole page, for a desk and for a telephone.
async function take (name) {
  for (const width of [1280, 360]) {
    await page.setViewportSize({ width, height: 800 })
    await page.screenshot({ path: `${folder}/${name}-${width}.png`, fullPage: true })
    wide.push(...await page.evaluate(() => [...document.querySelectorAll('html, main, section, p, li, summary')]
      .filter(e => e.scrollWidth > e.clientWidth && e.clientWidth > 0)
      .map(e => `${location.pathname} at ${window.innerWidth}: ${e.localName}.${e.className} ${e.innerText.slice(0, 40)}`)))
  }
  await page.setViewportSize({ width: 1280, height: 800 })
}

async function order (often, choice) {
  await page.goto(shop)
  await page.check(`input[value=${often}]`)
  const limit = await page.isVisible('#limit')
  await take(`${often}-front`)
  await page.click('form button')
  await page.waitForURL(/\/interact\//)
  const asked = await page.innerText('main')
  await take(`${often}-wallet`)
  await page.click(`button[value=${choice}]`)
  await page.waitForURL(/\/orders\//)
  await take(`${often}-${choice}`)
  await page.locator('.wire details').first().click()
  await take(`${often}-${choice}-open`)
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
await page.setViewportSize({ width: 1000, height: 1500 })
await page.reload()
await page.evaluate(() => window.scrollTo(0, 0))
await page.mouse.move(0, 0)
await page.screenshot({ path: `${folder}/readme.png` })
await press('button[value="10m"]')
const second = await another('1.50')
const tooMuch = await another('4')
await take('too-much')
const ended = await press('form[action$="/end"] button')
await take('ended')
const refused = await order('once', 'reject')
console.log(JSON.stringify({ allowed, second, tooMuch, ended, refused, complaints, wide }))
await browser.close()
