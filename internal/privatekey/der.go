package privatekey

import (
	"bytes"
	"crypto/ed25519"
	"encoding/asn1"
)

// algorithms are what a private key may be for, by object identifier.
var algorithms = map[string]string{
	"1.2.840.113549.1.1.1":  "RSA",
	"1.2.840.113549.1.1.10": "RSA",
	"1.2.840.10045.2.1":     "ECDSA",
	"1.2.840.10040.4.1":     "DSA",
	"1.2.840.113549.1.3.1":  "Diffie-Hellman",
	"1.3.101.110":           "X25519, which cannot sign",
	"1.3.101.111":           "X448, which cannot sign",
	"1.3.101.113":           "Ed448",
}

const oidEd25519 = "1.3.101.112" // RFC 8410 section 3

// parseDER reads PKCS#8, and names the other ASN.1 structures that keys come in.
func parseDER(der []byte) (ed25519.PrivateKey, error) {
	outer, err := readSequence(der)
	if err != nil {
		return nil, err
	}
	f := elements(outer)
	switch shape(f) {
	case "INTEGER SEQUENCE OCTETS":
		return parsePKCS8(f)
	case "INTEGER INTEGER INTEGER": // RFC 8017 appendix A.1
		return nil, wrongKind("RSA")
	case "INTEGER OCTETS", "INTEGER OCTETS OTHER", "INTEGER OCTETS OTHER OTHER": // RFC 5915
		return nil, wrongKind("ECDSA")
	case "INTEGER SEQUENCE", "INTEGER SEQUENCE SEQUENCE": // RFC 7292
		return nil, errPKCS12
	case "SEQUENCE OCTETS": // RFC 5958 section 3
		return nil, errEncrypted
	case "SEQUENCE BITS":
		return nil, errPublic
	case "SEQUENCE SEQUENCE BITS":
		if first := elements(f[0].Bytes); len(first) > 0 && first[0].Tag == asn1.TagInteger && first[0].Class == asn1.ClassUniversal && len(first) < 6 {
			return nil, errRequest
		}
		return nil, errCertificate
	}
	return nil, errBinary
}

// readSequence returns what is in the one SEQUENCE that der is.
func readSequence(der []byte) ([]byte, error) {
	var outer asn1.RawValue
	rest, err := asn1.Unmarshal(der, &outer)
	switch {
	case len(der) > 4 && der[0] == 0x30 && err != nil:
		return nil, errCutDER
	case err != nil, outer.Class != asn1.ClassUniversal, outer.Tag != asn1.TagSequence, !outer.IsCompound:
		return nil, errBinary
	case len(bytes.TrimRight(rest, "\r\n\x00 ")) > 0:
		return nil, errAfterDER
	}
	return outer.Bytes, nil
}

// elements returns the elements of a SEQUENCE, as far as they can be read.
func elements(der []byte) (list []asn1.RawValue) {
	for len(der) > 0 {
		var e asn1.RawValue
		rest, err := asn1.Unmarshal(der, &e)
		if err != nil {
			return nil
		}
		list, der = append(list, e), rest
	}
	return list
}

// shape returns the types of the first elements; of a structure that begins as
// PKCS#8 or PKCS#1 the first three.
func shape(list []asn1.RawValue) (s string) {
	for i, e := range list {
		if i > 0 {
			s += " "
		}
		s += typeName(e)
		if s == "INTEGER SEQUENCE OCTETS" || s == "INTEGER INTEGER INTEGER" {
			return s
		}
	}
	return s
}

func typeName(e asn1.RawValue) string {
	if e.Class != asn1.ClassUniversal {
		return "OTHER"
	}
	switch e.Tag {
	case asn1.TagInteger:
		return "INTEGER"
	case asn1.TagSequence:
		return "SEQUENCE"
	case asn1.TagOctetString:
		return "OCTETS"
	case asn1.TagBitString:
		return "BITS"
	}
	return "OTHER"
}

// parsePKCS8 reads RFC 5958 section 2: version, algorithm, private key, then
// optional attributes [0] and, in version 2, the public key [1].
func parsePKCS8(f []asn1.RawValue) (ed25519.PrivateKey, error) {
	algorithm := elements(f[1].Bytes)
	var oid asn1.ObjectIdentifier
	if len(algorithm) == 0 {
		return nil, errBinary
	}
	if _, err := asn1.Unmarshal(algorithm[0].FullBytes, &oid); err != nil {
		return nil, errBinary
	}
	if oid.String() != oidEd25519 {
		if kind, known := algorithms[oid.String()]; known {
			return nil, wrongKind(kind)
		}
		return nil, wrongKind("another algorithm than Ed25519")
	}
	key, err := fromRaw(innerOctets(f[2].Bytes))
	if err != nil {
		return nil, err
	}
	var public []byte
	for _, e := range f[3:] {
		if e.Class == asn1.ClassContextSpecific && e.Tag == 1 {
			public = e.Bytes
			if len(public) < ed25519.PublicKeySize {
				return nil, errHalves
			}
			public = public[len(public)-ed25519.PublicKeySize:] // after the count of unused bits
		}
	}
	return agrees(key, public)
}

// innerOctets returns the key of RFC 8410 section 7, which is an OCTET STRING in
// the OCTET STRING; old tools leave the inner one out.
func innerOctets(octets []byte) []byte {
	if n := len(octets) - 2; (n == ed25519.SeedSize || n == ed25519.PrivateKeySize) && octets[0] == asn1.TagOctetString && int(octets[1]) == n {
		return octets[2:]
	}
	return octets
}

// ed25519PublicDER returns the key of a SubjectPublicKeyInfo, or nil.
func ed25519PublicDER(der []byte) []byte {
	const header = "\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00" // RFC 8410 section 4
	if public, ok := bytes.CutPrefix(der, []byte(header)); ok && len(public) == ed25519.PublicKeySize {
		return public
	}
	return nil
}
