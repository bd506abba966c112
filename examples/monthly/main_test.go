package main

func Example() {
	main()
	// Output:
	// asked for consent
	// Alice said yes
	// the token works: true
	// for 500 cents of USD R/2026-01-01T00:00:00Z/P1M
	// rotated, the old one works: false the new one: true
}
