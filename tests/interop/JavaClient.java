// The Java client, as a Spring service would use it. Run as a single-file program with Kafka's jars as the class path:
//   java -cp 'libs/*' JavaClient.java produce   BOOTSTRAP TOPIC int64|string     lines "ID<tab>VALUE" on standard input
//   java -cp 'libs/*' JavaClient.java consume   BOOTSTRAP TOPIC int64|string     the committed records, to the end
//   java -cp 'libs/*' JavaClient.java partition PARTITIONS int64|string          ids on standard input
// Output: "PARTITION<tab>OFFSET<tab>ID<tab>VALUE" a record, or "ID<tab>PARTITION".
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.LongDeserializer;
import org.apache.kafka.common.serialization.LongSerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

public class JavaClient {
  public static void main(String[] args) throws Exception {
    switch (args[0]) {
      case "produce" -> produce(args[1], args[2], args[3]);
      case "consume" -> consume(args[1], args[2], args[3]);
      case "partition" -> partition(Integer.parseInt(args[1]), args[2]);
      default -> throw new IllegalArgumentException(args[0]);
    }
  }

  static List<String> lines() throws Exception {
    return new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)).lines().toList();
  }

  /** The id as this format's key object: what the serializers of Spring's configuration are given. */
  static Object key(String id, String format) {
    return format.equals("int64") ? (Object) Long.valueOf(id) : id;
  }

  static void produce(String bootstrap, String topic, String format) throws Exception {
    Map<String, Object> config =
        Map.of(
            "bootstrap.servers", bootstrap,
            "key.serializer", format.equals("int64") ? LongSerializer.class : StringSerializer.class,
            "value.serializer", StringSerializer.class);
    List<Future<RecordMetadata>> sent = new ArrayList<>();
    List<String> lines = lines();
    try (KafkaProducer<Object, String> producer = new KafkaProducer<>(config)) {
      for (String line : lines) {
        String[] parts = line.split("\t", 2);
        sent.add(producer.send(new ProducerRecord<>(topic, key(parts[0], format), parts[1])));
      }
    }
    for (int i = 0; i < sent.size(); i++) {
      RecordMetadata at = sent.get(i).get();
      System.out.println(at.partition() + "\t" + at.offset() + "\t" + lines.get(i));
    }
  }

  static void consume(String bootstrap, String topic, String format) {
    Map<String, Object> config =
        Map.of(
            "bootstrap.servers", bootstrap,
            "isolation.level", "read_committed",
            "key.deserializer", format.equals("int64") ? LongDeserializer.class : StringDeserializer.class,
            "value.deserializer", StringDeserializer.class);
    try (KafkaConsumer<Object, String> consumer = new KafkaConsumer<>(config)) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(topic).stream().map(p -> new TopicPartition(topic, p.partition())).toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      while (partitions.stream().anyMatch(p -> consumer.position(p) < ends.get(p))) {
        for (ConsumerRecord<Object, String> record : consumer.poll(Duration.ofMillis(200))) {
          System.out.println(record.partition() + "\t" + record.offset() + "\t" + record.key() + "\t" + record.value());
        }
      }
    }
  }

  static void partition(int partitions, String format) throws Exception {
    for (String id : lines()) {
      byte[] bytes =
          format.equals("int64")
              ? new LongSerializer().serialize("", Long.valueOf(id))
              : new StringSerializer().serialize("", id);
      System.out.println(id + "\t" + BuiltInPartitioner.partitionForKey(bytes, partitions));
    }
  }
}
