package bolt

import (
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

// sweep looks for items past their TTL beside other readers and writers, and
// looks again before it deletes one: it may have been given more time.
func (s *Store) sweep(now time.Time) error {
	var ids [][]byte
	err := s.db.View(func(tx *bbolt.Tx) error {
		return tx.Bucket(bucket).ForEach(func(id, value []byte) error {
			if expired(value, now) {
				ids = append(ids, append([]byte(nil), id...))
			}
			return nil
		})
	})
	if err != nil || len(ids) == 0 {
		return err
	}
	return s.db.Update(func(tx *bbolt.Tx) error {
		b := tx.Bucket(bucket)
		for _, id := range ids {
			if !expired(b.Get(id), now) {
				continue
			}
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
