/* Built at configuration time only: does libzmq's archive link without the libraries of its unused transports? */
#include <zmq.h>

int main(void)
{
    void *context = zmq_ctx_new();
    void *socket = zmq_socket(context, ZMQ_ROUTER);
    return zmq_connect(socket, "ipc:///dev/null") + zmq_close(socket) + zmq_ctx_term(context);
}
