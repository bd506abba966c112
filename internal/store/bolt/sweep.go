package bolt

import (
	"bytes"
	"time"

	"go.etcd.io/bbolt"
)

// sweepRegularly does what a DynamoDB table does by itself: it deletes what is
// past its TTL. A failure is left to the next time, as nothing depends on it.
func (s *Store) sweepRegularly() {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		select {
		case <-s.stop:
			return
		case now := <-tick.C:
			_ = s.sweep(now)
		}
	}
}

// sweep is one transaction, so that no item is given more time between the look
// and the deletion.
func (s *Store) sweep(now time.Time) error {
	return s.db.Update(func(tx *bbolt.Tx) error {
		b := tx.Bucket(bucket)
		var past [][]byte
		err := b.ForEach(func(id, value []byte) error {
			if expired(value, now) {
				past = append(past, bytes.Clone(id)) // bbolt's own is gone once the bucket changes
			}
			return nil
		})
		if err != nil {
			return err
		}
		for _, id := range past {
			if err := b.Delete(id); err != nil {
				return err
			}
		}
		return nil
	})
}

func expired(value []byte, now time.Time) bool {
	item, err := decode(value)
	return err == nil && item.TTL != 0 && item.TTL < now.Unix()
}
