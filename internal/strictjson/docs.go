// Package strictjson reads JSON that decides about money. It refuses everything
// that two readers could understand differently, and names the member at fault.
// It is the one reader of requests; what wallets answer is read tolerantly by
// package opclient.
package strictjson
