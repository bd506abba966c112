// Looks at a consent page with a real browser, by keyboard alone, on a small
// screen: node consent.mjs <chromium> <consent URL> <finish URL>. Prints JSON.
import { chromium } from 'playwright-core'

const [executablePath, consentURL, finishURL] = process.argv.slice(2)
const browser = await chromium.launch({
  executablePath,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync']
})
const page = await (await browser.newContext({ viewport: { width: 320, height: 568 } })).newPage()
const complaints = []
page.on('console', (m) => complaints.push(m.text()))
page.on('pageerror', (e) => complaints.push(String(e)))

await page.goto(consentURL)
const styled = await page.evaluate(() => getComputedStyle(document.querySelector('main')).borderTopStyle === 'solid')
const fits = await page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth)
const outline = await page.locator('body').ariaSnapshot()
const stops = []
for (let i = 0; i < 3; i++) {
  await page.keyboard.press('Tab')
  stops.push(await page.evaluate(() => document.activeElement.textContent))
}
await page.keyboard.press('Shift+Tab')
await page.keyboard.press('Enter')
await page.waitForURL((u) => u.href.startsWith(finishURL))
const result = new URL(page.url()).searchParams.get('result')
console.log(JSON.stringify({ styled, fits, outline, stops, result, complaints }))
await browser.close()
