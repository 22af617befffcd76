// A command as it stands in a line. A message's fields are those of what is published.

import com.google.gson.JsonElement;
import com.google.gson.annotations.SerializedName;
import java.util.List;

final class Command extends Message {
    @SerializedName("do")
    private String what;
    String hostname;
    int port;
    String transport;
    String cafile;
    String clientId;
    boolean cleanStart;
    Long sessionExpiry;
    Integer receiveMaximum;
    Integer topicAliasMaximum;
    boolean reconnect;
    Will will;
    int reason;
    List<JsonElement> filters;

    String what() {
        return what;
    }

    static final class Will extends Message {
        long delay;
    }

    static final class Filter {
        String filter;
        int qos;
        boolean noLocal;
        boolean retainAsPublished;
        int retainHandling;
    }
}
