package bolt

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"os"

	"go.etcd.io/bbolt"
)

// check finds the damage of a file that would be lethal later: bbolt trusts the
// list of its free pages, and writes into them. It reads the first pages and that
// list, whatever the size of the file.
func (f *File) check() error {
	info, err := os.Stat(f.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil // it is created
	case err == nil && info.IsDir():
		return fmt.Errorf("open the data file %s: this is a directory: name a file", f.path)
	case err == nil && info.Size() == 0:
		return &DamageError{Path: f.path, Cause: errors.New("it is empty (delete it to start without any grant)")}
	}
	// Read-only, bbolt locks the file and does not read the list.
	if err := f.openDB(&bbolt.Options{ReadOnly: true}); err != nil {
		return err
	}
	err = checkPages(f.handle)
	closed := f.guard(f.db.Close)
	f.db, f.handle = nil, nil
	if err != nil {
		return &DamageError{Path: f.path, Cause: err}
	}
	return closed
}

// The layout of bbolt's format, version 2, in the byte order of the machine.
const (
	pageHeader   = 16 // id (8), flags (2), count (2), overflow (4)
	metaLength   = 64
	metaPageSize = 8
	metaFreelist = 32
	metaEnd      = 40 // the first page that was never used
	metaTxID     = 48
	metaChecksum = 56
	freelistFlag = 0x10
	noFreelist   = ^uint64(0)
)

func checkPages(file *os.File) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	meta, err := readMeta(file)
	if err != nil {
		return err
	}
	size := uint64(info.Size()) //nolint:gosec // never negative
	pageSize := uint64(binary.NativeEndian.Uint32(meta[metaPageSize:]))
	end := binary.NativeEndian.Uint64(meta[metaEnd:])
	if end > size/pageSize {
		return fmt.Errorf("it was cut off: it has %d pages of %d", size/pageSize, end)
	}
	at := binary.NativeEndian.Uint64(meta[metaFreelist:])
	if at == noFreelist {
		return nil
	}
	if at < 2 || at >= end {
		return fmt.Errorf("its list of free pages is said to be at page %d of %d", at, end)
	}
	return checkFreelist(file, int64(at*pageSize), at, end) //nolint:gosec // within the file
}

// readMeta is the valid meta page of the last transaction. bbolt has two, so
// that one survives when the other is being written.
func readMeta(file *os.File) (last []byte, err error) {
	first := make([]byte, pageHeader+metaLength)
	if _, err := file.ReadAt(first, 0); err != nil {
		return nil, err
	}
	var candidates [][]byte
	if m := first[pageHeader:]; isMeta(m) {
		candidates = append(candidates, m)
	}
	for size := int64(1024); size <= 1<<24; size *= 2 {
		second := make([]byte, pageHeader+metaLength)
		if _, err := file.ReadAt(second, size); err != nil {
			break
		}
		if m := second[pageHeader:]; isMeta(m) && int64(binary.NativeEndian.Uint32(m[metaPageSize:])) == size {
			candidates = append(candidates, m)
			break
		}
	}
	for _, m := range candidates {
		if last == nil || binary.NativeEndian.Uint64(m[metaTxID:]) > binary.NativeEndian.Uint64(last[metaTxID:]) {
			last = m
		}
	}
	if last == nil {
		return nil, errors.New("its first pages are lost")
	}
	return last, nil
}

func isMeta(m []byte) bool {
	h := fnv.New64a()
	_, _ = h.Write(m[:metaChecksum])
	return binary.NativeEndian.Uint64(m[metaChecksum:]) == h.Sum64() && binary.NativeEndian.Uint32(m[metaPageSize:]) != 0
}

// checkBeforeCommit finds that the first pages or the head of the list of free
// pages were overwritten while the file is open: bbolt would free as many pages as
// that head says, up to four thousand million.
func (f *File) checkBeforeCommit() error {
	meta, err := readMeta(f.handle)
	if err != nil {
		return &DamageError{Path: f.path, Cause: err}
	}
	at := binary.NativeEndian.Uint64(meta[metaFreelist:])
	head := make([]byte, pageHeader)
	_, err = f.handle.ReadAt(head, int64(at)*int64(binary.NativeEndian.Uint32(meta[metaPageSize:]))) //nolint:gosec // else the read fails
	if at != noFreelist && (err != nil || !isFreelist(head, at, binary.NativeEndian.Uint64(meta[metaEnd:]))) {
		return &DamageError{Path: f.path, Cause: errors.Join(errors.New("its list of free pages is overwritten"), err)}
	}
	return nil
}

// isFreelist reports whether this is the head of page id, with the list.
func isFreelist(head []byte, id, end uint64) bool {
	overflow := uint64(binary.NativeEndian.Uint32(head[12:]))
	return binary.NativeEndian.Uint64(head) == id && binary.NativeEndian.Uint16(head[8:]) == freelistFlag && id+overflow < end
}

// checkFreelist checks that the list has pages of the file, in order, each once.
func checkFreelist(file *os.File, offset int64, id, end uint64) error {
	head := make([]byte, pageHeader+8)
	if _, err := file.ReadAt(head, offset); err != nil {
		return err
	}
	count := uint64(binary.NativeEndian.Uint16(head[10:]))
	offset += pageHeader
	if count == 0xFFFF { // too many for the header: they follow it
		count = binary.NativeEndian.Uint64(head[pageHeader:])
		offset += 8
	}
	if !isFreelist(head, id, end) || count > end {
		return errors.New("its list of free pages is overwritten")
	}
	ids := make([]byte, 8*count)
	if _, err := file.ReadAt(ids, offset); err != nil {
		return err
	}
	for before := uint64(1); len(ids) > 0; ids = ids[8:] {
		free := binary.NativeEndian.Uint64(ids)
		if free <= before || free >= end {
			return errors.New("its list of free pages is overwritten")
		}
		before = free
	}
	return nil
}
