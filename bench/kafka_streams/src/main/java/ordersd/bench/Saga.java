package ordersd.bench;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.LongAdder;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RemoveMembersFromConsumerGroupOptions;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.JoinWindows;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.StreamJoined;
import org.apache.kafka.streams.processor.StateRestoreListener;
import org.apache.kafka.streams.state.Stores;

/**
 * The order saga on Kafka Streams: joins the answers on payment-orders and stock-orders, publishes the decision on
 * orders, and keeps the newest version of each order in a RocksDB table. Exactly once (v2); everything that is not set
 * below is Kafka Streams' default. Runs until SIGTERM.
 */
public final class Saga {
    private static final Map<String, String> defaults = Map.of(
        "bootstrap", "localhost:9092",
        "prefix", "",           // before the topics' names; the application is PREFIX + "streams"
        "window-ms", "10000",   // no grace
        "threads", "2",
        "commit-ms", "1000",
        "cache-bytes", "10485760",
        "state", "",            // folder of the stores; empty: Kafka Streams' own choice
        "db", "");              // JDBC address; empty: no database

    private final Map<String, String> flags = new HashMap<>(defaults);

    private Saga(String[] arguments) {
        if (arguments.length % 2 != 0) throw new IllegalArgumentException("a flag without its value");
        for (int i = 0; i < arguments.length; i += 2) {
            String name = arguments[i].replaceFirst("^--", "");
            if (!defaults.containsKey(name)) throw new IllegalArgumentException("unknown flag " + arguments[i]);
            flags.put(name, arguments[i + 1]);
        }
    }

    public static void main(String[] arguments) throws InterruptedException { new Saga(arguments).run(); }

    private void run() throws InterruptedException {
        var rows = flags.get("db").isEmpty() ? null : new OrderRows(flags.get("db"), threads());
        var streams = new KafkaStreams(topology(rows), config());
        var restored = new RestoredRecords();
        var ended = new CountDownLatch(1);
        streams.setGlobalStateRestoreListener(restored);
        streams.setStateListener((now, before) -> {
            if (now == KafkaStreams.State.RUNNING) tell(restored);
            if (now.hasCompletedShutdown()) ended.countDown();
        });
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            streams.close(Duration.ofSeconds(30));
            if (rows != null) rows.close();
            leaveGroup();
        }));
        streams.start();
        ended.await();
    }

    private Topology topology(OrderRows rows) {
        var builder = new StreamsBuilder();
        var ids = Serdes.Long();
        var orders = new OrderSerde();
        var asOrders = Consumed.with(ids, orders);
        var window = JoinWindows.ofTimeDifferenceWithNoGrace(Duration.ofMillis(number("window-ms")));

        KStream<Long, Order> payments = builder.stream(topic("payment-orders"), asOrders);
        KStream<Long, Order> stock = builder.stream(topic("stock-orders"), asOrders);
        KStream<Long, Order> results = payments.join(stock, (payment, reserved) -> reserved.decidedWith(payment),
            window, StreamJoined.with(ids, orders, orders));
        if (rows != null) results = results.peek((id, order) -> rows.update(order));
        results.to(topic("orders"), Produced.with(ids, orders));

        builder.stream(topic("orders"), asOrders).toTable(
            Materialized.<Long, Order>as(Stores.persistentKeyValueStore("orders")).withKeySerde(ids).withValueSerde(orders));
        return builder.build();
    }

    private Properties config() {
        var config = new Properties();
        config.put(StreamsConfig.APPLICATION_ID_CONFIG, applicationId());
        config.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, flags.get("bootstrap"));
        config.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        config.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, threads());
        config.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, number("commit-ms"));
        config.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, number("cache-bytes"));
        if (!flags.get("state").isEmpty()) config.put(StreamsConfig.STATE_DIR_CONFIG, flags.get("state"));
        return config;
    }

    private long number(String flag) { return Long.parseLong(flags.get(flag)); }
    private int threads() { return (int) number("threads"); }
    private String topic(String name) { return flags.get("prefix") + name; }
    private String applicationId() { return topic("streams"); }

    /** One line of JSON each time when all partitions are assigned and all stores restored. */
    private static void tell(RestoredRecords restored) {
        long now = ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
        System.out.println("{\"event\": \"running\", \"at_us\": " + now + ", \"restored\": " + restored.count.sum() + "}");
    }

    /**
     * Closing leaves the members in their group for the rest of their session (45 s). In the benchmarks that would be
     * waiting for nothing, and would count against Kafka Streams at the next start.
     */
    private void leaveGroup() {
        try (var admin = Admin.create(Map.of("bootstrap.servers", (Object) flags.get("bootstrap")))) {
            admin.removeMembersFromConsumerGroup(applicationId(), new RemoveMembersFromConsumerGroupOptions()).all().get();
        } catch (Exception e) {
            System.err.println("the members stay in their group until their session is over: " + e);
        }
    }

    private static final class RestoredRecords implements StateRestoreListener {
        final LongAdder count = new LongAdder();

        @Override
        public void onRestoreStart(TopicPartition partition, String store, long from, long to) { }

        @Override
        public void onBatchRestored(TopicPartition partition, String store, long last, long records) { count.add(records); }

        @Override
        public void onRestoreEnd(TopicPartition partition, String store, long total) { }
    }
}
