package dev.kvarts.db;

import dev.kvarts.api.ChangeBatch;
import dev.kvarts.log.ChangeReader;

import java.util.function.Consumer;

/// A change stream of a database that is open. While it waits it is not counted as a call, so that
/// the database can be closed.
final class OpenChangeStream extends WaitingChangeStream {
    private final OpenDatabase database;
    private final EngineEnvironment environment;
    private final Consumer<OpenChangeStream> closing;

    OpenChangeStream(
            OpenDatabase database, ChangeReader reader, Consumer<OpenChangeStream> closing) {
        super(database.environment().scheduler(), reader);
        this.database = database;
        this.environment = database.environment();
        this.closing = closing;
    }

    @Override
    void awaitMore(long nanos) {
        scheduler.await(() -> isClosed() || database.isClosed() || somethingNew(), nanos);
    }

    private boolean somethingNew() {
        return Math.min(environment.log().durable(), environment.visible()) >= position();
    }

    @Override
    ChangeBatch look() {
        int token = database.enter();
        try {
            return super.look();
        } finally {
            database.exit(token);
        }
    }

    @Override
    public void close() {
        super.close();
        closing.accept(this);
        scheduler.wakeUp();
    }
}
