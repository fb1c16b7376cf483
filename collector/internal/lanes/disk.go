package lanes

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync/atomic"

	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.uber.org/zap"
)

// disk keeps items under ascending numbers. A value is the name of the lane, its
// label, the number of spans, and the spans in protobuf.
type disk struct {
	client storage.Client
	last   atomic.Uint64
}

type loaded struct {
	lane Lane
	item *item
}

// load returns all items, in order, without their spans.
func (d *disk) load(ctx context.Context) ([]loaded, error) {
	walker, ok := d.client.(storage.Walker)
	if !ok {
		return nil, errors.New("sending_queue::storage: this storage cannot list what it holds, which the queues of tenants need: use file_storage")
	}
	var list []loaded
	err := walker.Walk(ctx, func(key string, value []byte) ([]*storage.Operation, error) {
		id, err := strconv.ParseUint(key, 16, 64)
		if err != nil {
			return nil, nil // of somebody else
		}
		lane, spans, data, err := split(value)
		if err != nil {
			return nil, nil //nolint:nilerr // It is counted as unreadable when its turn comes, or never was ours.
		}
		list = append(list, loaded{lane, &item{id: id, size: int64(len(data)), spans: spans}})
		return nil, nil
	})
	slices.SortFunc(list, func(a, b loaded) int { return int(int64(a.item.id - b.item.id)) })
	if len(list) > 0 {
		d.last.Store(list[len(list)-1].item.id)
	}
	return list, err
}

func key(id uint64) string { return fmt.Sprintf("%016x", id) }

// put writes the items of one request together.
func (d *disk) put(ctx context.Context, list []taken) error {
	ops := make([]*storage.Operation, len(list))
	for i, t := range list {
		t.item.id = d.last.Add(1)
		ops[i] = storage.SetOperation(key(t.item.id), join(t.lane.name, t.item))
	}
	if err := d.client.Batch(ctx, ops...); err != nil {
		return err
	}
	for _, t := range list {
		t.item.data = nil
	}
	return nil
}

func (d *disk) get(ctx context.Context, id uint64) ([]byte, error) {
	value, err := d.client.Get(ctx, key(id))
	if err != nil {
		return nil, err
	}
	_, _, data, err := split(value)
	return data, err
}

// replace writes rest in the place of first.
func (d *disk) replace(first, rest *item) error {
	value, err := d.client.Get(context.Background(), key(first.id))
	if err != nil {
		return err
	}
	lane, _, _, err := split(value)
	if err != nil {
		return err
	}
	rest.id = first.id
	err = d.client.Set(context.Background(), key(rest.id), join(lane, rest))
	if err == nil {
		rest.data = nil
		first.id = 0 // It is not to be removed.
	}
	return err
}

// remove deletes items. Should it fail, they are sent again after a restart.
func (d *disk) remove(logger *zap.Logger, items []*item) {
	var ops []*storage.Operation
	for _, it := range items {
		if it.id != 0 {
			ops = append(ops, storage.DeleteOperation(key(it.id)))
		}
	}
	if err := d.client.Batch(context.Background(), ops...); err != nil {
		logger.Error("What is stored cannot be removed from the queue on disk: it is sent again after a restart, as copies that PostHog can tell.", zap.Error(err))
	}
}

func join(lane Lane, it *item) []byte {
	value := make([]byte, 0, len(lane.Name)+len(lane.Label)+len(it.data)+3*binary.MaxVarintLen64)
	for _, text := range []string{lane.Name, lane.Label} {
		value = binary.AppendUvarint(value, uint64(len(text)))
		value = append(value, text...)
	}
	value = binary.AppendUvarint(value, uint64(it.spans))
	return append(value, it.data...)
}

var errNotOurs = errors.New("not an item of the queue")

func split(value []byte) (lane Lane, spans int, data []byte, err error) {
	for _, text := range []*string{&lane.Name, &lane.Label} {
		n, used := binary.Uvarint(value)
		if used <= 0 || n > uint64(len(value)-used) {
			return lane, 0, nil, errNotOurs
		}
		*text = string(value[used : used+int(n)])
		value = value[used+int(n):]
	}
	n, used := binary.Uvarint(value)
	if used <= 0 {
		return lane, 0, nil, errNotOurs
	}
	return lane, int(n), value[used:], nil
}
