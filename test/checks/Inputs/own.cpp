namespace toy {}
namespace cuda {}
