package ordersd.bench;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.SQLException;

/**
 * The orders' rows in PostgreSQL, updated as the service that ordersd replaces does it: inside the join, one statement
 * and one commit an order, before the result is published. A connection for each stream thread.
 */
final class OrderRows implements AutoCloseable {
    private static final String update = "UPDATE orders SET status = ?, source = ? WHERE id = ?";

    private final HikariDataSource connections;

    OrderRows(String url, int threads) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url);
        config.setMaximumPoolSize(threads);
        connections = new HikariDataSource(config);
    }

    void update(Order order) {
        try (var connection = connections.getConnection(); var statement = connection.prepareStatement(update)) {
            statement.setString(1, order.status);
            statement.setString(2, order.source);
            statement.setLong(3, order.orderId);
            statement.executeUpdate();
        } catch (SQLException e) {
            throw new IllegalStateException("order " + order.orderId, e);
        }
    }

    @Override
    public void close() { connections.close(); }
}
