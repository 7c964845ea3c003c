package ordersd.bench;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.math.BigDecimal;
import java.util.List;

/** The value of every topic here. Plain fields: what Jackson reads and writes fastest. */
@JsonPropertyOrder({"orderId", "customerId", "status", "source", "items"})
final class Order {
    public Long orderId;
    public Long customerId;
    public String status;
    public String source;
    public List<Item> items;

    static final class Item {
        public Long itemId;
        public String productId;
        public Integer quantity;
        public BigDecimal productPrice;
    }

    /** What becomes of an order, from its two answers: this one is the stock record. */
    Order decidedWith(Order payment) {
        boolean rejectedByPayment = "REJECT".equals(payment.status);
        boolean rejectedByStock = "REJECT".equals(status);
        if (rejectedByPayment && rejectedByStock) return as("REJECTED", source);
        if (rejectedByPayment) return as("ROLLBACK", "PAYMENT");
        if (rejectedByStock) return as("ROLLBACK", "INVENTORY");
        boolean accepted = "ACCEPT".equals(payment.status) && "ACCEPT".equals(status);
        return accepted ? as("CONFIRMED", null) : this;
    }

    private Order as(String newStatus, String newSource) {
        var decided = new Order();
        decided.orderId = orderId;
        decided.customerId = customerId;
        decided.status = newStatus;
        decided.source = newSource;
        decided.items = items;
        return decided;
    }
}
