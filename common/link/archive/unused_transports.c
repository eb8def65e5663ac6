/* Stands in for the libraries of libzmq's multicast and Kerberos transports, so that programs can link libzmq's archive
 * without them: loading those twenty libraries costs a process more than all the rest of its start.  port_open lets
 * only ipc and tcp through, no socket is given GSSAPI options, and so none of this is called; should it be, the
 * program ends.  Not part of the library tidemark_common: see CMakeLists.txt beside it. */
#include <stdlib.h>

#define NEVER_CALLED(name)                                                                                             \
    _Noreturn void name(void);                                                                                         \
    _Noreturn void name(void)                                                                                          \
    {                                                                                                                  \
        abort();                                                                                                       \
    }
#define NEVER_READ(name)                                                                                               \
    extern const void *const name;                                                                                     \
    const void *const name = NULL;

/* libzmq calls these two for every context. */
int pgm_init(void *error);
int pgm_init(void *error)
{
    (void)error;
    return 1;
}

int pgm_shutdown(void);
int pgm_shutdown(void)
{
    return 1;
}

NEVER_CALLED(NormCreateInstance)
NEVER_CALLED(NormCreateSession)
NEVER_CALLED(NormDestroyInstance)
NEVER_CALLED(NormDestroySession)
NEVER_CALLED(NormGetDescriptor)
NEVER_CALLED(NormGetNextEvent)
NEVER_CALLED(NormGetRandomSessionId)
NEVER_CALLED(NormIsUnicastAddress)
NEVER_CALLED(NormNodeDelete)
NEVER_CALLED(NormObjectGetType)
NEVER_CALLED(NormObjectGetUserData)
NEVER_CALLED(NormObjectSetUserData)
NEVER_CALLED(NormSetCongestionControl)
NEVER_CALLED(NormSetDefaultSyncPolicy)
NEVER_CALLED(NormSetDefaultUnicastNack)
NEVER_CALLED(NormSetLoopback)
NEVER_CALLED(NormSetMulticastInterface)
NEVER_CALLED(NormSetRxPortReuse)
NEVER_CALLED(NormSetTTL)
NEVER_CALLED(NormStartReceiver)
NEVER_CALLED(NormStartSender)
NEVER_CALLED(NormStopInstance)
NEVER_CALLED(NormStopReceiver)
NEVER_CALLED(NormStopSender)
NEVER_CALLED(NormStreamFlush)
NEVER_CALLED(NormStreamOpen)
NEVER_CALLED(NormStreamRead)
NEVER_CALLED(NormStreamSeekMsgStart)
NEVER_CALLED(NormStreamWrite)
NEVER_CALLED(gss_accept_sec_context)
NEVER_CALLED(gss_acquire_cred)
NEVER_CALLED(gss_delete_sec_context)
NEVER_CALLED(gss_display_name)
NEVER_CALLED(gss_import_name)
NEVER_CALLED(gss_init_sec_context)
NEVER_CALLED(gss_release_buffer)
NEVER_CALLED(gss_release_cred)
NEVER_CALLED(gss_release_name)
NEVER_CALLED(gss_unwrap)
NEVER_CALLED(gss_wrap)
NEVER_CALLED(pgm_bind3)
NEVER_CALLED(pgm_close)
NEVER_CALLED(pgm_connect)
NEVER_CALLED(pgm_error_free)
NEVER_CALLED(pgm_free)
NEVER_CALLED(pgm_freeaddrinfo)
NEVER_CALLED(pgm_getaddrinfo)
NEVER_CALLED(pgm_getsockopt)
NEVER_CALLED(pgm_gsi_create_from_data)
NEVER_CALLED(pgm_recvmsgv)
NEVER_CALLED(pgm_send)
NEVER_CALLED(pgm_setsockopt)
NEVER_CALLED(pgm_socket)

NEVER_READ(GSS_C_NT_HOSTBASED_SERVICE)
NEVER_READ(GSS_C_NT_USER_NAME)
NEVER_READ(NORM_INSTANCE_INVALID)
NEVER_READ(NORM_NODE_ANY)
NEVER_READ(NORM_OBJECT_INVALID)
NEVER_READ(NORM_SESSION_INVALID)
