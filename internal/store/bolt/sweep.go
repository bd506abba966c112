package bolt

import (
	"time"

	"go.etcd.io/bbolt"

	"github.com/opgrants/opgrants/internal/grant"
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
		var past []*grant.Item // decoded, as what bbolt gives is gone once the bucket changes
		err := b.ForEach(func(_, value []byte) error {
			if item, err := decode(value); err == nil && expired(item, now) {
				past = append(past, item)
			}
			return nil
		})
		if err != nil {
			return err
		}
		for _, item := range past {
			if err := leave(tx, item); err != nil {
				return err
			}
			if err := b.Delete([]byte(item.ID)); err != nil {
				return err
			}
		}
		return nil
	})
}

func expired(item *grant.Item, now time.Time) bool {
	return item.TTL != 0 && item.TTL < now.Unix()
}
