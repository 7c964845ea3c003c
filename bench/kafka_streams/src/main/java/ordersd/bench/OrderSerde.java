package ordersd.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import java.io.IOException;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serializer;

/** Orders as JSON; null is a tombstone. Readers and writers are made once, as Jackson's own advice for speed has it. */
final class OrderSerde implements Serde<Order> {
    private static final ObjectMapper mapper = new ObjectMapper();
    private static final ObjectReader reader = mapper.readerFor(Order.class);
    private static final ObjectWriter writer = mapper.writerFor(Order.class);

    @Override
    public Serializer<Order> serializer() { return (topic, order) -> order == null ? null : toBytes(order); }

    @Override
    public Deserializer<Order> deserializer() { return (topic, bytes) -> bytes == null ? null : fromBytes(bytes); }

    private static byte[] toBytes(Order order) {
        try {
            return writer.writeValueAsBytes(order);
        } catch (JsonProcessingException e) {
            throw new SerializationException("order " + order.orderId, e);
        }
    }

    private static Order fromBytes(byte[] bytes) {
        try {
            return reader.readValue(bytes);
        } catch (IOException e) {
            throw new SerializationException("not an order", e);
        }
    }
}
