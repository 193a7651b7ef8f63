/* Heap and map against plain arrays, driven by chance. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/rand.h"
#include "queue/heap.h"
#include "queue/map.h"

enum { NODES = 300, STEPS = 30000 };

static void
test_heap(void **state)
{
	static struct heap_node nodes[NODES];
	struct heap heap = {0};

	(void)state;
	for (int i = 0; i < NODES; i++)
		nodes[i].key = HEAP_NEVER;
	for (int step = 0; step < STEPS; step++) {
		struct heap_node *n = &nodes[rand_below(NODES)];
		int64_t key =
		    rand_below(4) == 0 ? HEAP_NEVER : (int64_t)rand_below(1000);
		int64_t least = HEAP_NEVER;
		size_t in = 0;

		heap_set(&heap, n, key);
		for (int i = 0; i < NODES; i++) {
			in += nodes[i].at != 0;
			assert_int_equal(
			    nodes[i].at != 0, nodes[i].key != HEAP_NEVER);
			if (nodes[i].key < least)
				least = nodes[i].key;
		}
		assert_true(heap_key(&heap) == least);
		assert_int_equal(heap.count, in);
	}
	heap_release(&heap);
}

static void
test_map(void **state)
{
	enum { KEYS = 500 };
	static int values[KEYS + 1];
	static int in[KEYS + 1];
	struct map map = {0};

	(void)state;
	for (int step = 0; step < STEPS; step++) {
		uint64_t key = rand_below(KEYS + 1);
		size_t at = 0, found = 0, expected = 0;

		/* Keys that collide at home as well. */
		if (rand_below(2)) {
			map_put(&map, key << 40, &values[key]);
			in[key] = 1;
		} else {
			map_remove(&map, key << 40);
			in[key] = 0;
		}
		assert_ptr_equal(
		    map_get(&map, key << 40), in[key] ? &values[key] : NULL);
		if (step % 1000 != 0)
			continue;
		for (uint64_t k = 0; k <= KEYS; k++) {
			expected += (size_t)in[k];
			assert_int_equal(
			    in[k] != 0, map_get(&map, k << 40) != NULL);
		}
		while (map_next(&map, &at))
			found++;
		assert_int_equal(found, expected);
	}
	map_release(&map);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_heap),
	    cmocka_unit_test(test_map),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
