package dev.kvarts.testkit;

import dev.kvarts.api.Database;
import dev.kvarts.api.Entry;
import dev.kvarts.api.Keyspace;
import dev.kvarts.api.OrderedCursor;
import dev.kvarts.api.OrderedKeyspace;
import dev.kvarts.api.Range;
import dev.kvarts.api.WriteBatch;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Set;

/// A database whose ordered keyspaces are wrong in one way, chosen from a list: what a harness must
/// notice that is worth its time.
final class PlantedBugs {
    /// One way to be wrong. Each stands between the caller and the keyspace or cursor.
    enum Bug {
        A_RANGE_DELETION_TAKES_ITS_END {
            @Override
            Object call(Call call) throws Throwable {
                if (call.is("deleteRange") && call.args[0] instanceof Range range) {
                    return call.with(longer(range));
                }
                return call.asIs();
            }
        },
        A_RANGE_DELETION_LEAVES_ITS_FIRST_KEY {
            @Override
            Object call(Call call) throws Throwable {
                if (call.is("deleteRange") && call.args[0] instanceof Range range) {
                    return call.with(new Range(behind(range.from()), range.to()));
                }
                return call.asIs();
            }
        },
        FLOOR_IS_LOWER {
            @Override
            Object call(Call call) throws Throwable {
                return call.is("floor") ? call.keyspace().lower(call.key()) : call.asIs();
            }
        },
        CEILING_IS_HIGHER {
            @Override
            Object call(Call call) throws Throwable {
                return call.is("ceiling") ? call.keyspace().higher(call.key()) : call.asIs();
            }
        },
        SEEK_GOES_BEHIND_THE_KEY {
            @Override
            Object call(Call call) throws Throwable {
                return call.is("seek") ? call.cursor().seek(behind(call.key())) : call.asIs();
            }
        },
        SEEK_BEFORE_GOES_TO_THE_KEY {
            @Override
            Object call(Call call) throws Throwable {
                return call.is("seekBefore")
                        ? call.cursor().seekBefore(behind(call.key()))
                        : call.asIs();
            }
        },
        A_CURSOR_SHOWS_THE_END_OF_ITS_RANGE {
            @Override
            Object call(Call call) throws Throwable {
                if (call.is("cursor") && call.args != null && call.args[0] instanceof Range range) {
                    return call.with(longer(range));
                }
                return call.asIs();
            }
        },
        NOTHING_BEGINS_WITH_FF {
            @Override
            Object call(Call call) throws Throwable {
                if (call.is("cursor")
                        && call.args != null
                        && call.args[0] instanceof Range range
                        && range.to() == null
                        && range.from().length > 0) {
                    return call.with(Range.closedOpen(range.from(), range.from()));
                }
                return call.asIs();
            }
        },
        A_STEP_BACK_FROM_BEHIND_THE_END_SKIPS_THE_LAST {
            @Override
            Object call(Call call) throws Throwable {
                Object found = call.asIs();
                if (call.is("next")) {
                    call.bugs.behind = !(boolean) found;
                } else if (call.is("previous") && call.bugs.behind) {
                    call.bugs.behind = false;
                    return call.cursor().previous();
                }
                return found;
            }
        },
        EVERY_FIFTIETH_WRITE_IS_LOST {
            @Override
            Object call(Call call) throws Throwable {
                boolean lost = call.is("put") && ++call.bugs.calls % 50 == 0;
                return lost ? null : call.asIs();
            }
        },
        EVERY_TENTH_DELETION_IS_LOST {
            @Override
            Object call(Call call) throws Throwable {
                boolean lost = call.is("delete") && ++call.bugs.calls % 10 == 0;
                return lost ? null : call.asIs();
            }
        },
        A_COMPACTION_BRINGS_BACK_WHAT_WAS_DELETED {
            @Override
            Object call(Call call) throws Throwable {
                if (call.is("delete") && call.args[0] instanceof byte[] key) {
                    byte[] value = call.keyspace().get(key);
                    call.bugs.deleted = value == null ? call.bugs.deleted : new Entry(key, value);
                }
                Object result = call.asIs();
                Entry back = call.bugs.deleted;
                if (call.is("compact") && back != null) {
                    call.keyspace().putIfAbsent(back.key(), back.value());
                }
                return result;
            }
        },
        LONG_VALUES_ARE_CUT {
            @Override
            Object call(Call call) throws Throwable {
                Object result = call.asIs();
                return call.is("value") && result instanceof byte[] value && value.length > 4_096
                        ? Arrays.copyOf(value, 4_096)
                        : result;
            }
        },
        LOOKUPS_OF_MANY_KEYS_ARE_IN_ANOTHER_ORDER {
            @Override
            Object call(Call call) throws Throwable {
                if (!call.is("getAll")) {
                    return call.asIs();
                }
                var values = new ArrayList<>((List<?>) call.asIs());
                Collections.reverse(values);
                return values;
            }
        },
        AN_INGESTION_LOSES_ITS_LAST_ENTRY {
            @Override
            Object call(Call call) throws Throwable {
                if (!call.is("ingest")) {
                    return call.asIs();
                }
                List<Entry> entries = call.entries();
                call.keyspace()
                        .ingest(entries.subList(0, Math.max(0, entries.size() - 1)).iterator());
                return (long) entries.size();
            }
        },
        AN_INGESTION_IS_WHAT_ITS_BEGINNING_WAS {
            @Override
            Object call(Call call) throws Throwable {
                if (!call.is("ingest")) {
                    return call.asIs();
                }
                Iterator<?> entries = (Iterator<?>) call.args[0];
                long count = 0;
                for (; entries.hasNext(); count++) {
                    var entry = (Entry) entries.next();
                    call.keyspace().put(entry.key(), entry.value());
                }
                return count;
            }
        },
        A_CURSOR_SEES_WHAT_COMES_LATER {
            @Override
            Object call(Call call) throws Throwable {
                boolean anew = call.is("first") || call.is("last") || call.is("seek");
                if (anew && call.target instanceof OrderedCursor old) {
                    Range range = call.bugs.rangeOf(old);
                    if (range != null) {
                        try (OrderedCursor now = call.bugs.newest.cursor(range)) {
                            boolean there = (boolean) call.method.invoke(now, call.args);
                            boolean wasThere = (boolean) call.asIs();
                            return there && wasThere && Arrays.equals(now.key(), old.key());
                        }
                    }
                }
                return call.asIs();
            }
        };

        /// Does what was called, or something else.
        abstract Object call(Call call) throws Throwable;
    }

    /// One call on its way.
    static final class Call {
        final PlantedBugs bugs;
        final Object target;
        final Method method;
        final Object[] args; // null when there are none

        Call(PlantedBugs bugs, Object target, Method method, Object[] args) {
            this.bugs = bugs;
            this.target = target;
            this.method = method;
            this.args = args;
        }

        boolean is(String name) {
            return method.getName().equals(name);
        }

        Object asIs() throws Throwable {
            return invoke(method, target, args);
        }

        /// With another first argument.
        Object with(Object first) throws Throwable {
            Object[] changed = args.clone();
            changed[0] = first;
            return invoke(method, target, changed);
        }

        OrderedKeyspace keyspace() {
            return (OrderedKeyspace) target;
        }

        OrderedCursor cursor() {
            return (OrderedCursor) target;
        }

        byte[] key() {
            return (byte[]) args[0];
        }

        List<Entry> entries() {
            var entries = new ArrayList<Entry>();
            ((Iterator<?>) args[0]).forEachRemaining(entry -> entries.add((Entry) entry));
            return entries;
        }
    }

    /// What stands for an object of the engine.
    private interface Stand {
        Object itself();
    }

    private final Bug bug;
    private final List<Object> cursors = new ArrayList<>();
    private final List<Range> ranges = new ArrayList<>();
    private OrderedKeyspace newest;
    private long calls;
    private boolean behind;
    private Entry deleted;

    private PlantedBugs(Bug bug) {
        this.bug = bug;
    }

    /// The database, wrong in this way.
    static Database plant(Bug bug, Database db) {
        return (Database) new PlantedBugs(bug).stand(db);
    }

    private Range rangeOf(OrderedCursor cursor) {
        int index = cursors.indexOf(cursor);
        return index < 0 ? null : ranges.get(index);
    }

    private static byte[] behind(byte[] key) {
        return Arrays.copyOf(key, key.length + 1);
    }

    private static Range longer(Range range) {
        return range.isEmpty() || range.to() == null
                ? range
                : Range.closedOpen(range.from(), behind(range.to()));
    }

    private Object stand(Object object) {
        Class<?> shape =
                switch (object) {
                    case OrderedKeyspace _ -> OrderedKeyspace.class;
                    case Keyspace _ -> Keyspace.class;
                    case OrderedCursor _ -> OrderedCursor.class;
                    case WriteBatch _ -> WriteBatch.class;
                    case Database _ -> Database.class;
                    case null, default -> null;
                };
        if (shape == null || object instanceof Stand) {
            return object;
        }
        InvocationHandler handler =
                (_, method, args) ->
                        method.getDeclaringClass().equals(Stand.class)
                                ? object
                                : stand(called(object, method, args));
        return Proxy.newProxyInstance(
                PlantedBugs.class.getClassLoader(), new Class<?>[] {shape, Stand.class}, handler);
    }

    private Object called(Object object, Method method, Object[] args) throws Throwable {
        Object[] own = args == null ? null : args.clone();
        for (int i = 0; own != null && i < own.length; i++) {
            own[i] = own[i] instanceof Stand stand ? stand.itself() : own[i];
        }
        boolean ordered = object instanceof OrderedKeyspace || object instanceof OrderedCursor;
        if (!ordered || OBJECT.contains(method.getName())) {
            return invoke(method, object, own);
        }
        Object result = bug.call(new Call(this, object, method, own));
        if (result instanceof OrderedCursor cursor && object instanceof OrderedKeyspace keyspace) {
            newest = keyspace;
            cursors.add(cursor);
            ranges.add(own == null ? Range.all() : (Range) own[0]);
        }
        return result;
    }

    private static final Set<String> OBJECT = Set.of("equals", "hashCode", "toString");

    private static Object invoke(Method method, Object target, Object[] args) throws Throwable {
        try {
            return method.invoke(target, args);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }
}
